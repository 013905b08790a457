import type { Instant } from './instant.ts';
import { timeZoneAt, type Schedule } from './schedule.ts';

/**
 * A job's schedule as recorded in the store. Until the record has been read, it is the schedule of this instance's own
 * code.
 */
export class RecordedSchedule implements Schedule {
  #current: Schedule;

  /** @param own the schedule of this instance's code */
  constructor(own: Schedule) {
    this.#current = own;
  }

  /** Replaces the schedule with the recorded one. */
  adopt(recorded: Schedule): void {
    this.#current = recorded;
  }

  get cron(): string {
    return this.#current.cron;
  }

  get timeZone(): string {
    return this.#current.timeZone;
  }

  timeZoneAt(at: Instant): string {
    return timeZoneAt(this.#current, at);
  }

  next(after: Instant): Instant | null {
    return this.#current.next(after);
  }

  previous(before: Instant): Instant | null {
    return this.#current.previous(before);
  }

  between(after: Instant, through: Instant): Iterable<Instant> {
    return this.#current.between(after, through);
  }
}
