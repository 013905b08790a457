import { InvalidOptionError } from '../common/errors.ts';
import { DAY_MS, HOUR_MS, instant, iso, addMs, type Instant } from './instant.ts';

declare const brand: unique symbol;

/** A calendar day without a time zone: `2026-11-24`. Sorts as text. */
export type LocalDate = string & { readonly [brand]: 'LocalDate' };

/**
 * Returns the calendar day of an instant in an IANA time zone.
 *
 * @throws {InvalidOptionError} {@link InvalidInstantError}
 */
export function localDate(zone: string, at: Instant): LocalDate {
  if (zone === 'UTC') return iso(at).slice(0, -14) as LocalDate;
  // The Swedish date format is ISO's.
  return dateFormat(zone).format(instant(at)) as LocalDate;
}

/**
 * Returns the first instant of a calendar day in a time zone: midnight; its first occurrence if it occurs twice; the
 * end of the gap if it is skipped.
 */
export function startOfDay(zone: string, date: LocalDate): Instant {
  const midnight = utcMidnight(date);
  if (zone === 'UTC') return midnight;
  dateFormat(zone);
  const key = `${zone} ${date}`;
  const known = starts.get(key);
  if (known !== undefined) return known;
  // No time zone is more than 15 hours from UTC, so a binary search over that range finds the start of the day.
  let before = addMs(midnight, -15 * HOUR_MS);
  let after = addMs(midnight, 15 * HOUR_MS);
  while (after - before > 1) {
    const middle = instant((before + after) / 2);
    if (localDate(zone, middle) >= date) after = middle;
    else before = middle;
  }
  if (starts.size >= REMEMBERED_DAYS) starts.clear();
  starts.set(key, after);
  return after;
}

/** Returns the day `days` days after (if negative: before) another. */
export function addDays(date: LocalDate, days: number): LocalDate {
  return iso(addMs(utcMidnight(date), days * DAY_MS)).slice(0, -14) as LocalDate;
}

/** Returns the day of the week, 0 for Sunday to 6 for Saturday. */
export function dayOfWeek(date: LocalDate): number {
  return new Date(utcMidnight(date)).getUTCDay();
}

/** Returns the number of days from one date to another. */
export function daysBetween(from: LocalDate, to: LocalDate): number {
  return (utcMidnight(to) - utcMidnight(from)) / DAY_MS;
}

/** Returns the local time in a time zone: `23:59`. */
export function localTime(zone: string, at: Instant): string {
  if (zone === 'UTC') return iso(at).slice(-13, -8);
  return timeFormat(zone).format(at);
}

const REMEMBERED_DAYS = 1_000;
const starts = new Map<string, Instant>();
const dateFormat = formatsOf({ year: 'numeric', month: '2-digit', day: '2-digit' });
const timeFormat = formatsOf({ hour: '2-digit', minute: '2-digit' });

/** Caches one format per time zone: creating one costs more than a thousand uses. */
function formatsOf(options: Intl.DateTimeFormatOptions): (zone: string) => Intl.DateTimeFormat {
  const formats = new Map<string, Intl.DateTimeFormat>();
  return (zone) => {
    const format = formats.get(zone) ?? formatIn(zone, options);
    formats.set(zone, format);
    return format;
  };
}

/** @throws {InvalidOptionError} if it is not a time zone */
function formatIn(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const requirement = 'must be an IANA time zone such as "Europe/Berlin"';
  if (typeof timeZone !== 'string') throw new InvalidOptionError('zone', timeZone, requirement);
  try {
    return new Intl.DateTimeFormat('sv-SE', { ...options, timeZone });
  } catch (cause) {
    throw new InvalidOptionError('zone', timeZone, requirement, { cause });
  }
}

function utcMidnight(date: LocalDate): Instant {
  if (typeof date !== 'string')
    throw new InvalidOptionError('date', date, 'must be a calendar day such as "2026-11-24"');
  return instant(`${date}T00:00:00Z`);
}
