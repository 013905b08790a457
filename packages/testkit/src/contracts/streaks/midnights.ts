import { addDays, addMs, localDate, startOfDay, type Instant } from '@gamekeeper/core';
import { type Schedule } from '@gamekeeper/core/ports';

/** A schedule with a tick at the first instant of every day in a time zone, as `0 0 * * *` has. */
export class Midnights implements Schedule {
  readonly cron = '0 0 * * *';
  readonly timeZone: string;

  constructor(zone: string) {
    this.timeZone = zone;
  }

  next(after: Instant): Instant {
    return startOfDay(this.timeZone, addDays(localDate(this.timeZone, after), 1));
  }

  previous(before: Instant): Instant {
    return startOfDay(this.timeZone, localDate(this.timeZone, addMs(before, -1)));
  }

  *between(after: Instant, through: Instant): Iterable<Instant> {
    for (let tick = this.next(after); tick <= through; tick = this.next(tick)) yield tick;
  }
}
