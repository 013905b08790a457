import type { Clock, Timer } from '../time/clock.ts';
import { SECOND_MS, addMs } from '../time/instant.ts';

/** Two rings are at least this far apart, unless one is asked for. Milliseconds. */
const LEAST_MS = SECOND_MS;

/** Rings again and again: soon after what it rings for says so, and otherwise about every `intervalMs`, jittered. */
export class Bell {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #random: () => number;
  readonly #onRing: () => Promise<{ readonly againInMs: number }>;
  #timer: Timer | undefined;
  #ringing: Promise<void> | undefined;
  #stopped = false;

  constructor({
    clock,
    intervalMs,
    random,
    onRing,
  }: {
    readonly clock: Clock;
    /** The longest time between two rings. Milliseconds. */
    readonly intervalMs: number;
    /** A number in [0, 1) that keeps the bells of several hosts apart. */
    readonly random: () => number;
    /** Must not throw. `againInMs`: when to ring again, if that is sooner. */
    readonly onRing: () => Promise<{ readonly againInMs: number }>;
  }) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#random = random;
    this.#onRing = onRing;
  }

  /** Rings now, and from then on. Calls are merged while it rings. */
  ring(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#timer?.cancel();
    this.#ringing ??= this.#ring().finally(() => (this.#ringing = undefined));
    return this.#ringing;
  }

  /** Rings no more. Resolves when it has fallen silent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#ringing;
  }

  async #ring(): Promise<void> {
    const { againInMs } = await this.#onRing();
    if (this.#stopped) return;
    const chance = this.#random();
    const usual = this.#intervalMs * (0.75 + chance / 4);
    // Just after the end of a lease; at that very instant it may still count.
    const sooner = Math.max(LEAST_MS, againInMs + Math.min(LEAST_MS, this.#intervalMs / 10) * (0.1 + chance));
    const at = addMs(this.#clock.now(), Math.ceil(Math.min(usual, sooner)));
    this.#timer = this.#clock.setTimer(at, () => void this.ring());
  }
}
