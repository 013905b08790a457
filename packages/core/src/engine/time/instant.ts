import { isDate } from '../common/realms.ts';
import { GamekeeperError, show } from '../common/errors.ts';

declare const brand: unique symbol;

/** A point in time: whole milliseconds since 1970-01-01T00:00:00Z. A number, so it compares and sorts as one. */
export type Instant = number & { readonly [brand]: 'Instant' };

/** What {@link instant} accepts: milliseconds since 1970 (UTC), a `Date`, or ISO 8601 text with its time zone. */
export type InstantLike = Instant | number | Date | string;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** The last valid instant; the first one is as far before 1970. */
export const LATEST_MS = 8.64e15;

/** A value is not a valid instant. */
export class InvalidInstantError extends GamekeeperError<'INVALID_INSTANT'> {
  constructor(value: unknown) {
    super(
      'INVALID_INSTANT',
      `${show(value)} is not an instant; give milliseconds since 1970, a valid Date, or ISO text with its time zone such as "2026-11-24T00:00:00Z".`,
    );
  }
}

/**
 * Converts a value to an instant. Text must include its time zone (`Z` or an offset); otherwise it would mean a
 * different instant on every machine. Fractions of a millisecond are cut off.
 *
 * @throws {InvalidInstantError}
 */
export function instant(value: InstantLike): Instant {
  const ms = toMilliseconds(value);
  if (!(Math.abs(ms) <= LATEST_MS)) throw new InvalidInstantError(value);
  return Math.floor(ms) as Instant;
}

function toMilliseconds(value: InstantLike): number {
  if (typeof value === 'number') return value;
  if (isDate(value)) return value.getTime();
  if (typeof value !== 'string') return Number.NaN;
  // `Date.parse` reads much more than ISO 8601, such as words between the time and the zone.
  const isIsoWithZone =
    /^(?:\d{4}|[+-]\d{6})-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)? ?(?:Z|[+-]\d\d:?\d\d)$/i.test(value);
  return isIsoWithZone ? Date.parse(value) : Number.NaN;
}

/** Returns the instant `ms` milliseconds after (if negative: before) another. */
export function addMs(from: Instant, ms: number): Instant {
  return (from + ms) as Instant;
}

/** Returns the later of two instants; the second may be `null`. */
export function maxInstant(at: Instant, other: Instant | null): Instant {
  return Math.max(at, other ?? at) as Instant;
}

/** Returns the earlier of two instants. */
export function minInstant(at: Instant, other: Instant): Instant {
  return Math.min(at, other) as Instant;
}

/**
 * Returns ISO 8601 text in UTC with milliseconds: `2026-11-24T00:00:00.000Z`.
 *
 * @throws {InvalidInstantError}
 */
export function iso(at: InstantLike): string {
  return new Date(instant(at)).toISOString();
}
