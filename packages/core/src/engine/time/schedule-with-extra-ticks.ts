import { maxInstant, minInstant, type Instant } from './instant.ts';
import type { Schedule } from './schedule.ts';

/** A schedule with extra ticks in addition to those of its cron expression. */
export class ScheduleWithExtraTicks implements Schedule {
  readonly #schedule: Schedule;
  #ticks: readonly Instant[] = [];

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  get cron(): string {
    return this.#schedule.cron;
  }

  get timeZone(): string {
    return this.#schedule.timeZone;
  }

  /** Adds ticks. Adding an existing tick changes nothing. */
  add(ticks: readonly Instant[]): void {
    this.#ticks = [...new Set([...this.#ticks, ...ticks])].sort((a, b) => a - b);
  }

  next(after: Instant): Instant | null {
    const own = this.#schedule.next(after);
    const added = this.#ticks.find((tick) => tick > after);
    if (own === null || added === undefined) return own ?? added ?? null;
    return minInstant(own, added);
  }

  previous(before: Instant): Instant | null {
    const own = this.#schedule.previous(before);
    const added = this.#ticks.findLast((tick) => tick < before);
    if (own === null || added === undefined) return own ?? added ?? null;
    return maxInstant(own, added);
  }

  *between(after: Instant, through: Instant): Iterable<Instant> {
    for (let tick = this.next(after); tick !== null && tick <= through; tick = this.next(tick)) yield tick;
  }
}
