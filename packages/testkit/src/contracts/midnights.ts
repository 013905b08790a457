import { addDays, later, localDate, startOfDay, type Instant } from '@gamekeeper/core';
import { type Schedule } from '@gamekeeper/core/ports';

/** A schedule with a tick at the first instant of every day in a zone, as `0 0 * * *` has. */
export class Midnights implements Schedule {
  readonly cron = '0 0 * * *';
  readonly zone: string;

  constructor(zone: string) {
    this.zone = zone;
  }

  next(after: Instant): Instant {
    return startOfDay(this.zone, addDays(localDate(this.zone, after), 1));
  }

  previous(before: Instant): Instant {
    return startOfDay(this.zone, localDate(this.zone, later(before, -1)));
  }

  *between(after: Instant, through: Instant): Iterable<Instant> {
    for (let tick = this.next(after); tick <= through; tick = this.next(tick)) yield tick;
  }
}
