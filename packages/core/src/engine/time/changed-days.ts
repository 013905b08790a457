import { HOUR_MS } from './instant.ts';
import { addDays, daysBetween, startOfDay, type LocalDate } from './zones.ts';

/** A day that was not 24 hours long, because the clocks of its time zone were changed. */
export interface ChangedDay {
  readonly day: LocalDate;
  /** Its length, such as 23 or 25. */
  readonly hours: number;
}

const MOST_DAYS = 400;

/** Returns the days on which the clocks of a time zone were changed, both ends included: the last 400 days at most. */
export function changedDays(zone: string, from: LocalDate, through: LocalDate): readonly ChangedDay[] {
  if (zone === 'UTC') return [];
  const count = Math.min(daysBetween(from, through) + 1, MOST_DAYS);
  return Array.from({ length: Math.max(count, 0) }, (_, index) =>
    addDays(through, index + 1 - count),
  ).flatMap((day) => {
    const hours = (startOfDay(zone, addDays(day, 1)) - startOfDay(zone, day)) / HOUR_MS;
    return hours === 24 ? [] : [{ day, hours }];
  });
}
