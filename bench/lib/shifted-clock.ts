import { SystemClock } from '@gamekeeper/composition';
import { addMs, type Clock, type Instant, type Timer } from '@gamekeeper/core';

/**
 * The machine's clock, set to another day. It goes at the usual pace, so the engine sizes its batches by how long they
 * really take.
 */
export class ShiftedClock implements Clock {
  readonly #machine = new SystemClock();
  readonly #offsetMs: number;

  constructor(offsetMs: number) {
    this.#offsetMs = offsetMs;
  }

  /** The offset of a clock that shows this instant now. */
  static offsetTo(at: Instant): number {
    return at - new SystemClock().now();
  }

  now(): Instant {
    return addMs(this.#machine.now(), this.#offsetMs);
  }

  setTimer(at: Instant, run: () => void): Timer {
    return this.#machine.setTimer(addMs(at, -this.#offsetMs), run);
  }
}
