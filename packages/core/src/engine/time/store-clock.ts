import type { Clock, Timer } from './clock.ts';
import { minInstant, instant, addMs, type Instant } from './instant.ts';

/** A pending timer. */
interface Pending {
  /** By the store's clock. */
  readonly at: Instant;
  readonly fire: () => void;
  /** The same instant by the host's clock, or an earlier one. */
  hostAt: Instant;
  /** The timer of the host's clock. */
  armed: Timer;
}

/** One measurement of the difference between the host's clock and the store's. */
interface Measurement {
  /** Host minus store. Milliseconds. */
  readonly skewMs: number;
  /** The possible error of `skewMs`: half of the round trip. Milliseconds. */
  readonly errorMs: number;
}

/**
 * A host's clock, corrected to the store's clock, so that all hosts of one store agree on the time even if their
 * machines' clocks are wrong. Uncorrected until the first measurement.
 */
export class StoreClock implements Clock {
  readonly #clock: Clock;
  readonly #pending = new Set<Pending>();
  #measured: Measurement | undefined;

  /** @param clock the host's own clock */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Returns the uncorrected clock of the host behind a `StoreClock`; any other clock is returned as it is. Used where
   * the clock acts as the store's own clock.
   */
  static hostOf(clock: Clock): Clock {
    return clock instanceof StoreClock ? clock.#clock : clock;
  }

  /**
   * How far the host's clock is ahead of the store's (negative: behind). Milliseconds; `null` before the first
   * measurement.
   */
  get skewMs(): number | null {
    return this.#measured?.skewMs ?? null;
  }

  /**
   * Returns the current time by the store's clock, as exactly as it was measured. Jumps when the correction changes.
   */
  now(): Instant {
    return this.#ofStore(this.#clock.now());
  }

  /**
   * Calls `run` once, when the clock reaches `at`. If a correction moves the clock back while the timer is pending,
   * `run` is still called after the original delay, so that leases are renewed in time. Callers that need an instant
   * to have passed must check `now()`, as schedulers do.
   */
  setTimer(at: Instant, run: () => void): Timer {
    const fire = (): void => {
      this.#pending.delete(pending);
      run();
    };
    const hostAt = this.#ofHost(at);
    const pending: Pending = { at, fire, hostAt, armed: this.#clock.setTimer(hostAt, fire) };
    this.#pending.add(pending);
    return {
      cancel: () => {
        this.#pending.delete(pending);
        pending.armed.cancel();
      },
    };
  }

  /**
   * Reads the store's time, assumes that it was taken halfway through the round trip, and uses the difference as the
   * correction from now on. A measurement that does not contradict an earlier one with a round trip no longer than its
   * own is ignored.
   *
   * @returns the skew in use from now on, in milliseconds (positive: the host is ahead)
   * @throws whatever `storeNow` throws; {@link InvalidInstantError} if its result is not an instant
   */
  async measure(storeNow: () => Promise<Instant>): Promise<number> {
    const asked = this.#clock.now();
    const store = instant(await storeNow());
    const answered = this.#clock.now();
    // If the host's clock was moved back meanwhile, only the end of the round trip is usable.
    const errorMs = Math.max(0, answered - asked) / 2;
    const measurement = { skewMs: Math.round(answered - errorMs - store), errorMs };
    const known = this.#measured;
    if (known && known.errorMs <= errorMs && agree(known, measurement)) return known.skewMs;
    this.#measured = measurement;
    this.#rearm();
    return measurement.skewMs;
  }

  #ofStore(host: Instant): Instant {
    return addMs(host, -(this.#measured?.skewMs ?? 0));
  }

  #ofHost(store: Instant): Instant {
    return addMs(store, this.#measured?.skewMs ?? 0);
  }

  /** Timers are moved forward if the correction makes them due earlier, and otherwise keep their delay. */
  #rearm(): void {
    // Of timers whose instants have passed, the platform first calls the one that was set first.
    for (const pending of [...this.#pending].sort((a, b) => a.at - b.at)) {
      pending.hostAt = minInstant(pending.hostAt, this.#ofHost(pending.at));
      pending.armed.cancel();
      pending.armed = this.#clock.setTimer(pending.hostAt, pending.fire);
    }
  }
}

/**
 * Returns whether two measurements are consistent: their error ranges overlap, allowing one millisecond of rounding.
 */
function agree(a: Measurement, b: Measurement): boolean {
  return Math.abs(a.skewMs - b.skewMs) <= a.errorMs + b.errorMs + 1;
}
