import { InvalidOptionError } from '../../engine/common/errors.ts';
import { isStorable } from '../../engine/common/options.ts';

declare const brand: unique symbol;

/** Text that identifies one kind of thing, so that a session's id cannot be passed as a player's. */
export type Id<Kind extends string> = string & { readonly [brand]: Kind };

/** The maximum length of an id, in bytes of UTF-8. Stores index ids, alone and after other text. */
export const MAX_ID_BYTES = 255;

/** The maximum length of a player's name, in characters (Unicode code points). */
export const MAX_NAME_LENGTH = 200;

/**
 * A player's id: any text that {@link userId} accepts. Compared bytewise, so two Unicode spellings of `é` are two ids.
 */
export type UserId = Id<'user'>;

/**
 * Returns the text as a player's id.
 *
 * @throws {InvalidOptionError} unless it is non-empty, well-formed Unicode without NUL characters and without a
 *   leading byte-order mark, of at most {@link MAX_ID_BYTES} bytes in UTF-8
 */
export function userId(value: string): UserId {
  return checkedId('userId', value) as UserId;
}

/** A quiz session's id: any text that {@link sessionId} accepts. */
export type SessionId = Id<'session'>;

/**
 * Returns the text as a session's id.
 *
 * @throws {InvalidOptionError} as {@link userId}
 */
export function sessionId(value: string): SessionId {
  return checkedId('sessionId', value) as SessionId;
}

/** An award's id: repeating an id counts once. */
export type AwardId = Id<'award'>;

/**
 * Returns the text as an award's id.
 *
 * @throws {InvalidOptionError} as {@link userId}
 */
export function awardId(value: string): AwardId {
  return checkedId('awardId', value) as AwardId;
}

/**
 * Returns the id of the award for a completed quiz. It is a little longer than the session's id, which may have the
 * maximum length.
 */
export function awardIdOf(session: SessionId): AwardId {
  return `quiz:${session}` as AwardId;
}

/**
 * Returns the text as a name to show.
 *
 * @throws {InvalidOptionError} as {@link userId}, except for the length: at most {@link MAX_NAME_LENGTH} characters
 */
export function username(value: string): string {
  if (isStorable(value) && isShorter(value, MAX_NAME_LENGTH)) return value;
  const expected = `must be 1 to ${MAX_NAME_LENGTH} characters of well-formed text without NUL or byte-order mark, or be left out`;
  throw new InvalidOptionError('username', value, expected);
}

function checkedId(option: string, value: unknown): string {
  if (isStorable(value) && fits(value)) return value;
  const expected = `must be non-empty, well-formed text without NUL or byte-order mark, at most ${MAX_ID_BYTES} bytes in UTF-8`;
  throw new InvalidOptionError(option, value, expected);
}

function fits(text: string): boolean {
  // Each UTF-16 unit takes one to three bytes.
  if (text.length * 3 <= MAX_ID_BYTES) return true;
  return text.length <= MAX_ID_BYTES && bytesOf(text) <= MAX_ID_BYTES;
}

function bytesOf(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    const isHalfOfPair = unit >= 0xd800 && unit <= 0xdfff;
    bytes += unit < 0x80 ? 1 : unit < 0x800 || isHalfOfPair ? 2 : 3;
  }
  return bytes;
}

function isShorter(text: string, most: number): boolean {
  return text.length <= most || (text.length <= 2 * most && Array.from(text).length <= most);
}
