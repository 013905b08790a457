import type { Clock, Timer } from './clock.ts';
import { minInstant, instant, addMs, type Instant } from './instant.ts';

/** A timer that waits. */
interface Pending {
  /** In time of the store. */
  readonly at: Instant;
  readonly run: () => void;
  /** The same instant by the host's clock, or an earlier one. */
  hostAt: Instant;
  armed: Timer | undefined;
}

/** What the store's clock showed, and how far a host's clock was from it. */
interface Measurement {
  /** Host minus store. Milliseconds. */
  readonly skewMs: number;
  /** By how much that may be wrong: half of the time that the question and its answer took. */
  readonly errorMs: number;
}

/**
 * A host's clock, corrected to that of the store: hosts on one store agree about the time, however wrong their machines
 * are. Until it was measured it shows what the host's clock does.
 */
export class StoreClock implements Clock {
  readonly #clock: Clock;
  readonly #pending = new Set<Pending>();
  #measured: Measurement | undefined;

  /** @param clock the host's own, which is corrected */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The host's own clock beneath one that is corrected; any other clock is its own. For what *is* the store. */
  static hostOf(clock: Clock): Clock {
    return clock instanceof StoreClock ? clock.#clock : clock;
  }

  /** By how much the host's clock is ahead of the store's (negative: behind). Milliseconds; `null` before it was measured. */
  get skewMs(): number | null {
    return this.#measured?.skewMs ?? null;
  }

  /** The present by the store's clock, as exactly as it was measured. It jumps when the correction changes. */
  now(): Instant {
    return this.#ofStore(this.#clock.now());
  }

  /**
   * Calls `run` once, when the clock reaches `at`. Where a correction puts the clock back meanwhile, `run` is called when
   * the wait is over that it was set for, and not when the time comes again: a lease must be renewed, whatever the time.
   * Who waits for an instant looks at `now()`, as schedulers do.
   */
  setTimer(at: Instant, run: () => void): Timer {
    const pending: Pending = { at, run, hostAt: this.#ofHost(at), armed: undefined };
    this.#pending.add(pending);
    this.#arm(pending);
    return {
      cancel: () => {
        this.#pending.delete(pending);
        pending.armed?.cancel();
      },
    };
  }

  /**
   * Asks the store for its present, takes it for that of the middle of the question's way, and goes by it from now on.
   * An answer that took longer than an earlier one, and does not contradict it, changes nothing.
   *
   * @returns the skew that is gone by from now on, in milliseconds (positive: the host is ahead)
   * @throws whatever `storeNow` throws; {@link InvalidInstantError} for an answer that is no instant
   */
  async measure(storeNow: () => Promise<Instant>): Promise<number> {
    const asked = this.#clock.now();
    const store = instant(await storeNow());
    const answered = this.#clock.now();
    // Where the host's clock was put back meanwhile, only the end says anything.
    const errorMs = Math.max(0, answered - asked) / 2;
    const measurement = { skewMs: Math.round(answered - errorMs - store), errorMs };
    const known = this.#measured;
    if (known && known.errorMs <= errorMs && agree(known, measurement)) return known.skewMs;
    this.#measured = measurement;
    if (measurement.skewMs !== (known?.skewMs ?? 0)) this.#rearm();
    return measurement.skewMs;
  }

  #ofStore(host: Instant): Instant {
    return addMs(host, -(this.#measured?.skewMs ?? 0));
  }

  #ofHost(store: Instant): Instant {
    return addMs(store, this.#measured?.skewMs ?? 0);
  }

  #arm(pending: Pending): void {
    pending.armed = this.#clock.setTimer(pending.hostAt, () => {
      if (!this.#pending.delete(pending)) return;
      pending.run();
    });
  }

  /** Timers keep their instants where the correction brings them nearer, and their waits where it does not. */
  #rearm(): void {
    for (const pending of this.#pending)
      pending.hostAt = minInstant(pending.hostAt, this.#ofHost(pending.at));
    for (const pending of [...this.#pending].sort((a, b) => a.hostAt - b.hostAt || a.at - b.at)) {
      pending.armed?.cancel();
      this.#arm(pending);
    }
  }
}

/** Whether two measurements may both be right: whole milliseconds apart, as clocks show them. */
function agree(a: Measurement, b: Measurement): boolean {
  return Math.abs(a.skewMs - b.skewMs) <= a.errorMs + b.errorMs + 1;
}
