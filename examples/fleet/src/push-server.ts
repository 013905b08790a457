import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What a push server has seen. */
export interface PushCounts {
  /** Players who were told: different idempotency keys. */
  readonly told: number;
  /** Requests that were answered from an earlier one with the same key. */
  readonly repeated: number;
  /** Requests above the rate limit. */
  readonly refused: number;
  /** When the first request was accepted. Milliseconds since 1970; 0 before. */
  readonly firstAt: number;
  /** From the first accepted request to the last. Milliseconds. */
  readonly durationMs: number;
}

/**
 * A stand-in for a push service: `POST /push` with an `Idempotency-Key` is accepted once per key, at most `perSecond`
 * times a second. Above that, it answers 429 and says in `retry-after-ms` when to come again.
 */
export class PushServer {
  readonly #perSecond: number;
  readonly #server: Server;
  readonly #keys = new Set<string>();
  #repeated = 0;
  #refused = 0;
  /** When the next request is accepted. */
  #freeAt = 0;
  /** When the next refused request may come again: one after the other, not all at once. */
  #askAgainAt = 0;
  #firstAt = 0;
  #lastAt = 0;

  constructor({ perSecond }: { readonly perSecond: number }) {
    this.#perSecond = perSecond;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /** Returns its URL, on a free port of this machine. */
  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  get counts(): PushCounts {
    return {
      told: this.#keys.size,
      repeated: this.#repeated,
      refused: this.#refused,
      firstAt: this.#firstAt === 0 ? 0 : Math.round(performance.timeOrigin + this.#firstAt),
      durationMs: this.#lastAt - this.#firstAt,
    };
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const key = request.headers['idempotency-key'];
    if (request.method !== 'POST' || request.url !== '/push' || typeof key !== 'string')
      return void response.writeHead(400).end();
    if (this.#keys.has(key)) {
      this.#repeated += 1;
      return void response.writeHead(200).end();
    }
    const waitMs = this.#take();
    if (waitMs > 0) {
      this.#refused += 1;
      return void response.writeHead(429, { 'retry-after-ms': String(waitMs) }).end();
    }
    this.#keys.add(key);
    response.writeHead(202).end();
  }

  /** Takes one of the accepted requests of this second. Returns 0, or how many milliseconds to wait for one. */
  #take(): number {
    const now = performance.now();
    const everyMs = 1_000 / this.#perSecond;
    // Up to a tenth of a second is caught up.
    const next = Math.max(this.#freeAt, now - 100) + everyMs;
    if (next > now) {
      this.#askAgainAt = Math.max(this.#askAgainAt, next) + everyMs;
      return Math.ceil(this.#askAgainAt - now);
    }
    this.#freeAt = next;
    this.#firstAt ||= now;
    this.#lastAt = now;
    return 0;
  }
}
