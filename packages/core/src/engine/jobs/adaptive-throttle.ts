import { assertKnownOptions, wholeNumber } from '../common/options.ts';
import type { Throttle, ThrottledBatch } from './throttle.ts';

/** Options of {@link AdaptiveThrottle}. */
export interface AdaptiveThrottleOptions {
  /** A batch counts as slow if its items took this many times as long as usual. Default 2. */
  readonly slowdown?: number;
  /** The longest pause after one batch. Milliseconds, default 2,000. */
  readonly maxPauseMs?: number;
}

/** Smaller batches say little: most of their time is a round trip. */
const ENOUGH_ITEMS = 100;
/** How fast the usual time per item follows one that lasts: it doubles within about 350 batches. */
const FORGETTING = 1.002;

/**
 * Pauses when the items of a job take longer than usual, which they do when others keep the database busy or hold
 * locks. If items take `n` times as long as usual, the run pauses `n − 1` times as long as its batch took: it then uses
 * about as much of the database as it usually does. A slowness that lasts becomes the usual.
 */
export class AdaptiveThrottle implements Throttle {
  readonly #slowdown: number;
  readonly #maxPauseMs: number;
  /** The usual time per item, by job. Milliseconds. */
  readonly #usual = new Map<string, number>();

  /** @throws {InvalidOptionError} */
  constructor(options: AdaptiveThrottleOptions = {}) {
    assertKnownOptions('throttle.', options, ['slowdown', 'maxPauseMs']);
    const { slowdown = 2, maxPauseMs = 2_000 } = options;
    this.#slowdown = wholeNumber('throttle.slowdown', slowdown, { min: 1, max: 1_000 });
    this.#maxPauseMs = wholeNumber('throttle.maxPauseMs', maxPauseMs, { min: 0, max: 10_000 });
  }

  pauseMs({ job, processed, durationMs }: ThrottledBatch): number {
    if (processed < ENOUGH_ITEMS) return 0;
    // A batch within the same millisecond took some time, too.
    const perItem = Math.max(1, durationMs) / processed;
    const usual = Math.min(perItem, (this.#usual.get(job) ?? Infinity) * FORGETTING);
    this.#usual.set(job, usual);
    const times = perItem / usual;
    return times < this.#slowdown ? 0 : Math.min(this.#maxPauseMs, Math.round(durationMs * (times - 1)));
  }
}
