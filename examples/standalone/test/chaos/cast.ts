import { setTimeout as pause } from 'node:timers/promises';
import { HostProcess } from './host-process.ts';

const HOSTS = 3;

/** The hosts, of which there are always three, or soon again. */
export class Cast {
  readonly #url: string;
  readonly #hosts: HostProcess[] = [];
  readonly #listeners = new Set<() => void>();
  #now: number;
  #born = 0;
  #closed = false;
  /** What hosts that ended by themselves had to say: there must be none. */
  readonly lost: string[] = [];

  constructor(url: string, now: number) {
    this.#url = url;
    this.#now = now;
    for (let index = 0; index < HOSTS; index += 1) this.#cast(index);
  }

  get hosts(): readonly HostProcess[] {
    return this.#hosts;
  }

  /** Who could be at work now. */
  get awake(): readonly HostProcess[] {
    return this.#hosts.filter((host) => host.hasStarted && !host.isFrozen);
  }

  /** Tells everybody the time; waits at most so long until all who are awake have done what was due. */
  async advance(to: number, withinMs: number): Promise<boolean> {
    this.#now = to;
    for (const host of this.#hosts) host.advance(to);
    return this.until(
      () => this.awake.length > 0 && this.awake.every((host) => host.isSettledAt(to)),
      withinMs,
    );
  }

  /** Until all three have started. */
  complete(withinMs: number): Promise<boolean> {
    return this.until(() => this.awake.length === HOSTS, withinMs);
  }

  /** Waits until something holds, looking whenever a host has news. Answers whether it does. */
  async until(holds: () => boolean, withinMs: number): Promise<boolean> {
    if (withinMs <= 0 || holds()) return holds();
    const aborted = new AbortController();
    const news = new Promise<void>((resolve) => {
      const look = (): void => {
        if (holds()) resolve();
      };
      this.#listeners.add(look);
      aborted.signal.addEventListener('abort', () => this.#listeners.delete(look), { once: true });
    });
    const timeout = pause(withinMs, undefined, { signal: aborted.signal }).catch(() => undefined);
    await Promise.race([news, timeout]);
    aborted.abort();
    return holds();
  }

  /** Ends everybody; in peace, where there is time for it. Answers who did not take it so. */
  async close(withinMs: number): Promise<readonly string[]> {
    this.#closed = true;
    const ends = await Promise.all(
      this.#hosts.map(async (host) => {
        if (host.isFrozen) host.thaw();
        if (withinMs > 0) return host.stop(withinMs);
        await host.kill();
        return null;
      }),
    );
    return ends.filter((end) => end !== null);
  }

  #cast(index: number): void {
    this.#born += 1;
    const owner = `host-${this.#born}`;
    const host = new HostProcess({ url: this.#url, owner, now: this.#now }, () => {
      if (!host.isRunning && this.#hosts[index] === host && !this.#closed) {
        if (host.diedByItself) this.lost.push(`${owner}: ${host.complaints}`);
        this.#cast(index);
      }
      // Whoever has only just started does not know yet how late it is.
      host.advance(this.#now);
      for (const listener of this.#listeners) listener();
    });
    this.#hosts[index] = host;
  }
}
