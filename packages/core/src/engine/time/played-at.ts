import { InvalidOptionError } from '../common/errors.ts';
import { MINUTE_MS, instant, iso, addMs, type Instant, type InstantLike } from './instant.ts';

/** How far ahead of the host's clock an action may be dated, because clocks differ. Milliseconds: one minute. */
export const PLAYED_AHEAD_MS: number = MINUTE_MS;

/**
 * Returns the instant of a player's action: `given`, or the current time if omitted.
 *
 * @param option the name of the instant in errors
 * @throws {InvalidOptionError} if it is more than {@link PLAYED_AHEAD_MS} in the future: it would apply ticks that are
 *   not due yet
 * @throws {InvalidInstantError} if the value is not an instant
 */
export function resolvePlayedAt(now: Instant, given: InstantLike | undefined, option = 'at'): Instant {
  if (given === undefined) return now;
  const at = instant(given);
  if (at <= addMs(now, PLAYED_AHEAD_MS)) return at;
  throw new InvalidOptionError(option, iso(at), `must not be more than a minute after now, ${iso(now)}`);
}
