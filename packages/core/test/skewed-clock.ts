import type { Clock, Timer } from '../src/engine/time/clock.ts';
import { addMs, type Instant } from '../src/engine/time/instant.ts';

/** A clock that is off from another by as much as the test says, and may be set. */
export class SkewedClock implements Clock {
  readonly #truth: Clock;
  /** By how much it is ahead. Milliseconds. */
  skewMs: number;

  constructor(truth: Clock, skewMs: number) {
    this.#truth = truth;
    this.skewMs = skewMs;
  }

  now(): Instant {
    return addMs(this.#truth.now(), this.skewMs);
  }

  setTimer(at: Instant, run: () => void): Timer {
    let timer: Timer;
    const wait = (): void => {
      const ring = (): void => (this.now() >= at ? run() : wait());
      timer = this.#truth.setTimer(addMs(at, -this.skewMs), ring);
    };
    wait();
    return { cancel: () => timer.cancel() };
  }
}
