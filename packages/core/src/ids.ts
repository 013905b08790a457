import { InvalidOptionError } from './errors.ts';

declare const brand: unique symbol;

/** Text that names one kind of thing, so that a session's id cannot be passed where a player's is wanted. */
export type Id<Kind extends string> = string & { readonly [brand]: Kind };

/** A player's id: whatever non-empty text the host uses. Compared bytewise. */
export type UserId = Id<'user'>;

/**
 * Takes the host's text as a player's id.
 *
 * @throws {InvalidOptionError} when it is empty or holds a NUL character, which PostgreSQL cannot store.
 */
export function userId(value: string): UserId {
  return checked('userId', value) as UserId;
}

/** A quiz session's id: whatever non-empty text the host uses. */
export type SessionId = Id<'session'>;

/**
 * Takes the host's text as a session's id.
 *
 * @throws {InvalidOptionError} when it is empty or holds a NUL character
 */
export function sessionId(value: string): SessionId {
  return checked('sessionId', value) as SessionId;
}

/** An award's id: the same id twice counts once. */
export type AwardId = Id<'award'>;

/**
 * Takes the host's text as an award's id.
 *
 * @throws {InvalidOptionError} when it is empty or holds a NUL character
 */
export function awardId(value: string): AwardId {
  return checked('awardId', value) as AwardId;
}

function checked(name: string, value: string): string {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) {
    throw new InvalidOptionError(name, value, 'give non-empty text without NUL characters');
  }
  return value;
}
