import { MINUTE_MS, instant, type Instant } from '@gamekeeper/core';
import { wholeNumber } from '@gamekeeper/core/engine';
import { type Schedule } from '@gamekeeper/core/ports';

/** A schedule with a tick every given number of minutes since 1970, in UTC: sufficient for most tests. */
export class IntervalSchedule implements Schedule {
  readonly cron: string;
  readonly timeZone = 'UTC';
  readonly #ms: number;

  /** @throws {InvalidOptionError} unless it is a whole number, at least 1 */
  constructor(minutes: number) {
    wholeNumber('minutes', minutes, { min: 1, max: 5_256_000 });
    this.cron = `every ${minutes} minutes`;
    this.#ms = minutes * MINUTE_MS;
  }

  next(after: Instant): Instant {
    return instant((Math.floor(after / this.#ms) + 1) * this.#ms);
  }

  previous(before: Instant): Instant {
    return instant((Math.ceil(before / this.#ms) - 1) * this.#ms);
  }

  *between(after: Instant, through: Instant): Iterable<Instant> {
    for (let tick = this.next(after); tick <= through; tick = this.next(tick)) yield tick;
  }
}
