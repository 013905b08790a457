import { MINUTE_MS, instant, type Instant } from '@gamekeeper/core';
import { type Schedule } from '@gamekeeper/core/ports';

/** A schedule with a tick every given number of minutes since 1970, in UTC: sufficient for most tests. */
export class IntervalSchedule implements Schedule {
  readonly cron: string;
  readonly timeZone = 'UTC';
  readonly #ms: number;

  constructor(minutes: number) {
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
