import {
  DAY_MS,
  addDays,
  addMs,
  localDate,
  startOfDay,
  type Instant,
  type LocalDate,
} from '@gamekeeper/core';
import { timeZoneAt } from '@gamekeeper/core/engine';
import type { Schedule } from '@gamekeeper/core/ports';

/** Ticks on one page. */
export const NEXT_ON_A_PAGE = 20;

/** How far ahead ticks are shown: every day of a year, and a leap. */
export const AHEAD_MS: number = 400 * DAY_MS;

/** A tick in the future, and how it looks on a clock in the zone of its job. */
export interface NextTick {
  readonly tick: Instant;
  readonly timeZone: string;
  readonly localDate: LocalDate;
  /** How much the clocks of the zone change on that day: 3,600,000 if they go forward by an hour. Milliseconds. */
  readonly clockChangeMs: number;
}

/** A page of the ticks after an instant. */
export interface NextTicks {
  readonly ticks: readonly NextTick[];
  /** The instant after which the next page begins; `null`: there is none, or it is too far ahead. */
  readonly more: Instant | null;
}

/** Returns the next ticks of a schedule after an instant, up to 400 days after `now`. */
export function nextTicks(schedule: Schedule, after: Instant, now: Instant): NextTicks {
  const end = addMs(now, AHEAD_MS);
  const found: Instant[] = [];
  for (const tick of schedule.between(after, end)) if (found.push(tick) > NEXT_ON_A_PAGE) break;
  const ticks = found.slice(0, NEXT_ON_A_PAGE).map((tick) => inItsZone(schedule, tick));
  return { ticks, more: found.length > NEXT_ON_A_PAGE ? ticks.at(-1)!.tick : null };
}

function inItsZone(schedule: Schedule, tick: Instant): NextTick {
  const timeZone = timeZoneAt(schedule, tick);
  const date = localDate(timeZone, tick);
  return { tick, timeZone, localDate: date, clockChangeMs: clockChangeOn(timeZone, date) };
}

/** Returns how much the clocks of a zone go forward (if negative: back) on a day. Milliseconds. */
export function clockChangeOn(timeZone: string, date: LocalDate): number {
  if (timeZone === 'UTC') return 0;
  return DAY_MS - (startOfDay(timeZone, addDays(date, 1)) - startOfDay(timeZone, date));
}
