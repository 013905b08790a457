import { Agent, request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

/** Sends pushes to a service with a rate limit. */
export class PushClient {
  readonly #url: URL;
  readonly #concurrency: number;
  readonly #agent: Agent;

  /** @param options.concurrency how many requests one call of {@link sendAll} makes at once */
  constructor({ url, concurrency }: { readonly url: string; readonly concurrency: number }) {
    this.#url = new URL('/push', url);
    this.#concurrency = concurrency;
    this.#agent = new Agent({ keepAlive: true });
  }

  /**
   * Sends a push for each key. A key that was sent before is not pushed again: so this may be repeated after a crash.
   *
   * @throws {Error} if the service refuses one for another reason than its rate limit, or the signal aborts
   */
  async sendAll(keys: readonly string[], signal: AbortSignal): Promise<void> {
    const waiting = keys.values();
    const sender = async (): Promise<void> => {
      for (const key of waiting) await this.#send(key, signal);
    };
    await Promise.all(Array.from({ length: this.#concurrency }, sender));
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(key: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const { status, retryAfterMs } = await this.#post(key);
      if (status < 300) return;
      if (status !== 429) throw new Error(`the push service answered ${status} to ${key}`);
      await pause(retryAfterMs, undefined, { signal });
    }
  }

  async #post(key: string): Promise<{ readonly status: number; readonly retryAfterMs: number }> {
    const sending = request(this.#url, {
      method: 'POST',
      agent: this.#agent,
      headers: { 'idempotency-key': key },
      timeout: 10_000,
    });
    sending.once('timeout', () => sending.destroy(new Error('the push service did not answer in 10 s')));
    sending.end();
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    return {
      status: response.statusCode ?? 500,
      retryAfterMs: Number(response.headers['retry-after-ms'] ?? 100),
    };
  }
}
