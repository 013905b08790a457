import { setTimeout as pause } from 'node:timers/promises';
import type { CarrierPlace } from './carrier.ts';
import { HostProcess, type HostClock } from './host-process.ts';

const HOSTS = 3;

/** One after the other, each for a while. */
const turns = [1, -1, 0] as const;

/** How the hosts come to the server: those with an even number, and the others. */
export type Ways = readonly [string, string];

/** The hosts, of which there are always three, or soon again. */
export class Cast {
  readonly #ways: Ways;
  readonly #carrier: CarrierPlace;
  readonly #hosts: HostProcess[] = [];
  readonly #listeners = new Set<() => void>();
  #now: number;
  #born = 0;
  #closed = false;
  /** How often a clock was set wrong; which host has it now follows. */
  #turns = 0;
  #skewMs = 0;
  /** What hosts that ended by themselves had to say: there must be none. */
  readonly lost: string[] = [];

  constructor(ways: Ways, carrier: CarrierPlace, now: number) {
    this.#ways = ways;
    this.#carrier = carrier;
    this.#now = now;
    for (let index = 0; index < HOSTS; index += 1) this.#cast(index);
  }

  get hosts(): readonly HostProcess[] {
    return this.#hosts;
  }

  /** How many were started so far. */
  get born(): number {
    return this.#born;
  }

  /** Sets one host's clock ahead by so much from now on, then behind, then right; and then the next host's. */
  turnClock(ms: number): void {
    this.#skewMs = turns[this.#turns % turns.length]! * ms;
    this.#turns += 1;
  }

  /** Returns the hosts that may be running now. */
  get awake(): readonly HostProcess[] {
    return this.#hosts.filter((host) => host.hasStarted && !host.isFrozen);
  }

  /** Tells everybody the time; waits at most so long until all who are awake have done what was due. */
  async advance(to: number, withinMs: number): Promise<boolean> {
    this.#now = to;
    this.#hosts.forEach((host, index) => host.advance(to, this.#skewOf(index)));
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

  /** The host whose turn it is has a wrong clock, also after a restart. */
  #skewOf(index: number): number {
    const turn = Math.floor(Math.max(0, this.#turns - 1) / turns.length);
    return turn % HOSTS === index ? this.#skewMs : 0;
  }

  #cast(index: number): void {
    this.#born += 1;
    const instanceId = `host-${this.#born}`;
    const url = this.#ways[this.#born % this.#ways.length]!;
    const clock: HostClock = this.#born % 3 === 0 ? 'own' : 'follows';
    const host = new HostProcess({ url, instanceId, now: this.#now, clock, carrier: this.#carrier }, () => {
      if (!host.isRunning && this.#hosts[index] === host && !this.#closed) {
        if (host.diedByItself) this.lost.push(`${instanceId}: ${host.complaints}`);
        this.#cast(index);
      }
      // Whoever has only just started does not know yet how late it is.
      host.advance(this.#now, this.#skewOf(index));
      for (const listener of this.#listeners) listener();
    });
    this.#hosts[index] = host;
  }
}
