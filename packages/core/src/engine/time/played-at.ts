import { InvalidOptionError } from '../common/errors.ts';
import { MINUTE_MS, instant, iso, addMs, type Instant, type InstantLike } from './instant.ts';

/** How far ahead of a host's clock something that was played may lie, in milliseconds: clocks differ. A minute. */
export const PLAYED_AHEAD_MS: number = MINUTE_MS;

/**
 * The instant at which something was played: the present unless given.
 *
 * @param option what the instant is called in an error
 * @throws {InvalidOptionError} for one that lies more than {@link PLAYED_AHEAD_MS} ahead of the present: it would apply
 *   ticks that have not come
 * @throws {InvalidInstantError} for what is no instant
 */
export function resolvePlayedAt(now: Instant, given: InstantLike | undefined, option = 'at'): Instant {
  if (given === undefined) return now;
  const at = instant(given);
  if (at <= addMs(now, PLAYED_AHEAD_MS)) return at;
  throw new InvalidOptionError(option, iso(at), `must not be more than a minute after now, ${iso(now)}`);
}
