import type { Instant, Standing, TieBreak, UserId } from '@gamekeeper/core';
import type { NamedScore, Score } from '@gamekeeper/core/ports';

/** The largest distance of an instant from 1970, in milliseconds. */
const FURTHEST = 8_640_000_000_000_000;
const DIGITS = 11;

/** The length of the time at the front of a member, in characters. The scripts use the same number. */
export const TIME_LENGTH: number = DIGITS + 1;

/** The time of a player without XP: after every other time, with either tie-break. */
const NEVER = 'z'.repeat(TIME_LENGTH);

/**
 * Returns a time as text of fixed length that sorts like the ties of the board. The first character keeps the number in
 * the other characters below 2^53 for instants before and after 1970.
 */
export function timeKey(lastXpAt: Instant | null, ties: TieBreak): string {
  if (lastXpAt === null) return NEVER;
  const isFirstHalf = lastXpAt < 0 === (ties === 'earliest');
  const distance = Math.abs(lastXpAt);
  const value = isFirstHalf ? FURTHEST - distance : distance;
  return (isFirstHalf ? '0' : '1') + value.toString(36).padStart(DIGITS, '0');
}

/** Returns the instant from which {@link timeKey} created the text. */
export function instantOf(time: string, ties: TieBreak): Instant | null {
  if (time === NEVER) return null;
  const isFirstHalf = time.startsWith('0');
  const value = Number.parseInt(time.slice(1), 36);
  const distance = isFirstHalf ? FURTHEST - value : value;
  const isBefore1970 = isFirstHalf === (ties === 'earliest');
  return (isBefore1970 ? 0 - distance : distance) as Instant;
}

/** Returns the user of a member of a sorted set. */
export function userOf(member: string): UserId {
  return member.slice(TIME_LENGTH) as UserId;
}

/**
 * Returns a score as the sorted set stores it: negated, so that ascending order is the order of the board, including
 * ids.
 */
export function negated(score: number): string {
  return String(0 - score);
}

/** Returns a score as three script arguments: user, negated score, time. */
function scoreArguments({ userId: user, score, lastXpAt }: Score, ties: TieBreak): readonly string[] {
  return [user, negated(score), timeKey(lastXpAt, ties)];
}

/** Returns a score as four script arguments: user, negated score, time, name. */
export function namedArguments(score: NamedScore, ties: TieBreak): readonly string[] {
  return [...scoreArguments(score, ties), score.username];
}

/** Returns a score as a version stores it: user, negated score, member of the set, entry of the hash. */
export function storedArguments(
  { userId: user, score, lastXpAt, username }: NamedScore,
  ties: TieBreak,
): readonly string[] {
  const time = timeKey(lastXpAt, ties);
  const key = negated(score);
  return [user, key, time + user, `${time}${key} ${username}`];
}

/** Returns a standing from a script's reply: a player's entry as written by {@link storedArguments}, and the rank. */
export function standingOf(user: UserId, entry: string, rank: number, ties: TieBreak): Standing {
  const nameAt = entry.indexOf(' ', TIME_LENGTH);
  return {
    userId: user,
    username: entry.slice(nameAt + 1),
    score: 0 - Number(entry.slice(TIME_LENGTH, nameAt)),
    lastXpAt: instantOf(entry.slice(0, TIME_LENGTH), ties),
    rank,
  };
}
