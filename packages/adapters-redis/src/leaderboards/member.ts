import type { Instant, Standing, TieBreak, UserId } from '@gamekeeper/core';
import type { NamedScore, Score } from '@gamekeeper/core/ports';

/** The furthest that an instant lies from 1970, in milliseconds. */
const FURTHEST = 8_640_000_000_000_000;
const DIGITS = 11;

/** How many characters a time takes at the front of a member. The scripts know the number too. */
export const TIME_LENGTH: number = DIGITS + 1;

/** The time of a player without any XP: after every other, whichever way ties go. */
const NEVER = 'z'.repeat(TIME_LENGTH);

/**
 * A time in so many characters that texts sort as ties of the board do. The first character keeps the number in the
 * others below 2^53 for instants on both sides of 1970.
 */
export function timeKey(lastXpAt: Instant | null, ties: TieBreak): string {
  if (lastXpAt === null) return NEVER;
  const isFirstHalf = lastXpAt < 0 === (ties === 'earliest');
  const distance = Math.abs(lastXpAt);
  const value = isFirstHalf ? FURTHEST - distance : distance;
  return (isFirstHalf ? '0' : '1') + value.toString(36).padStart(DIGITS, '0');
}

/** The instant that {@link timeKey} was made of. */
export function instantOf(time: string, ties: TieBreak): Instant | null {
  if (time === NEVER) return null;
  const isFirstHalf = time.startsWith('0');
  const value = Number.parseInt(time.slice(1), 36);
  const distance = isFirstHalf ? FURTHEST - value : value;
  const isBefore1970 = isFirstHalf === (ties === 'earliest');
  return (isBefore1970 ? 0 - distance : distance) as Instant;
}

/** Whose member of a sorted set it is. */
export function userOf(member: string): UserId {
  return member.slice(TIME_LENGTH) as UserId;
}

/** A score as the sorted set holds it: negated, so that ascending order is that of the board, ids included. */
export function negated(score: number): string {
  return String(0 - score);
}

/** A score as three arguments of a script: user, negated score, time. */
function scoreArguments({ userId: user, score, lastXpAt }: Score, ties: TieBreak): readonly string[] {
  return [user, negated(score), timeKey(lastXpAt, ties)];
}

/** A score as four arguments of a script: user, negated score, time, name. */
export function namedArguments(score: NamedScore, ties: TieBreak): readonly string[] {
  return [...scoreArguments(score, ties), score.username];
}

/** A score as a version holds it: user, negated score, member of the set, entry of the hash. */
export function storedArguments(
  { userId: user, score, lastXpAt, username }: NamedScore,
  ties: TieBreak,
): readonly string[] {
  const time = timeKey(lastXpAt, ties);
  const key = negated(score);
  return [user, key, time + user, `${time}${key} ${username}`];
}

/** A place that a script answered: a player's entry, which {@link storedArguments} has shown, and rank. */
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
