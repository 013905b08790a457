import { later, type Clock, type Instant, type Timer } from '@gamekeeper/core';

/** A host's clock, corrected by what it is off from the store's. */
export class StoreClock implements Clock {
  readonly #clock: Clock;
  #skewMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): Instant {
    return later(this.#clock.now(), -(this.#skewMs ?? 0));
  }

  setTimer(at: Instant, run: () => void): Timer {
    return this.#clock.setTimer(later(at, this.#skewMs ?? 0), run);
  }

  /** Host minus store: positive when the host is ahead; `null` until it was measured. */
  get skewMs(): number | null {
    return this.#skewMs;
  }

  /** Asks the store for its present. */
  async measure(storeNow: () => Promise<Instant>): Promise<number> {
    const store = await storeNow();
    this.#skewMs = this.#clock.now() - store;
    return this.#skewMs;
  }
}
