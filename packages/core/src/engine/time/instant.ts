import { GamekeeperError, show } from '../common/errors.ts';

declare const brand: unique symbol;

/** A point in time: whole milliseconds since 1970-01-01T00:00:00Z. A number, so it compares and sorts as one. */
export type Instant = number & { readonly [brand]: 'Instant' };

/** What {@link instant} takes: milliseconds since 1970 (UTC), a `Date`, or ISO 8601 text with its zone. */
export type InstantLike = Instant | number | Date | string;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** The last instant that there is; the first lies as far before 1970. */
export const LATEST_MS = 8.64e15;

/** A value that is no point in time. */
export class InvalidInstantError extends GamekeeperError<'INVALID_INSTANT'> {
  constructor(value: unknown) {
    super(
      'INVALID_INSTANT',
      `${show(value)} is no instant; give milliseconds since 1970, a valid Date, or ISO text with its zone such as "2026-11-24T00:00:00Z".`,
    );
  }
}

/**
 * Reads an instant. Text must name its zone (`Z` or an offset), because text without one means another instant on
 * every machine. Fractions of a millisecond are cut off.
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
  if (value instanceof Date) return value.getTime();
  if (typeof value !== 'string') return Number.NaN;
  const namesItsZone = /^[+-]?\d{4,6}-\d\d-\d\d[T ]\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/i.test(value);
  return namesItsZone ? Date.parse(value) : Number.NaN;
}

/** The instant `ms` milliseconds after (or, where negative, before) another. */
export function addMs(from: Instant, ms: number): Instant {
  return (from + ms) as Instant;
}

/** The later of two instants, of which the second may be missing. */
export function maxInstant(at: Instant, other: Instant | null): Instant {
  return other !== null && other > at ? other : at;
}

/** The earlier of two instants. */
export function minInstant(at: Instant, other: Instant): Instant {
  return other < at ? other : at;
}

/**
 * ISO 8601 in UTC with milliseconds: `2026-11-24T00:00:00.000Z`.
 *
 * @throws {InvalidInstantError}
 */
export function iso(at: InstantLike): string {
  return new Date(instant(at)).toISOString();
}
