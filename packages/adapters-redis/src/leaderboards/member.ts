import type { Instant, Standing, TieBreak, UserId } from '@gamekeeper/core';
import type { NamedScore } from '@gamekeeper/core/ports';

/** The largest distance of an instant from 1970, in milliseconds. */
const FURTHEST = 8_640_000_000_000_000;

/** The length of the time at the front of a member, in characters. The scripts use the same number. */
export const TIME_LENGTH = 8;

/** Digits are the characters of one byte from 1 to 126, so that a time is as short as text can be. */
const BASE = 126;
const FIRST_DIGIT = BASE ** 3;
/** A time consists of two numbers with four digits. */
const LOW = BASE ** 4;
/** Begins the second half of the times: more than the first number of any distance. */
const SECOND_HALF = 18 * FIRST_DIGIT;

/** The time of a player without XP: after every other time, with either tie-break. */
const NEVER = '\x7F'.repeat(TIME_LENGTH);

/**
 * Returns a time as text of fixed length that sorts like the ties of the board. The first half of the texts is for the
 * instants before 1970 or for those after it, so that all numbers are below 2^53.
 */
export function timeKey(lastXpAt: Instant | null, ties: TieBreak): string {
  if (lastXpAt === null) return NEVER;
  const isFirstHalf = lastXpAt < 0 === (ties === 'earliest');
  const distance = Math.abs(lastXpAt);
  const value = isFirstHalf ? FURTHEST - distance : distance;
  const high = Math.floor(value / LOW);
  return digits(isFirstHalf ? high : high + SECOND_HALF) + digits(value - high * LOW);
}

/** Returns the instant from which {@link timeKey} created the text. */
export function instantOf(time: string, ties: TieBreak): Instant | null {
  if (time === NEVER) return null;
  const high = numberAt(time, 0);
  const isFirstHalf = high < SECOND_HALF;
  const value = (isFirstHalf ? high : high - SECOND_HALF) * LOW + numberAt(time, 4);
  const distance = isFirstHalf ? FURTHEST - value : value;
  const isBefore1970 = isFirstHalf === (ties === 'earliest');
  return (isBefore1970 ? 0 - distance : distance) as Instant;
}

/** Returns four digits. */
function digits(value: number): string {
  return String.fromCharCode(
    1 + Math.floor(value / FIRST_DIGIT),
    1 + (Math.floor(value / BASE ** 2) % BASE),
    1 + (Math.floor(value / BASE) % BASE),
    1 + (value % BASE),
  );
}

function numberAt(time: string, index: number): number {
  let value = 0;
  for (let at = index; at < index + 4; at += 1) value = value * BASE + time.charCodeAt(at) - 1;
  return value;
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

/** Returns a score as four script arguments: user, negated score, time, name. */
export function namedArguments(score: NamedScore, ties: TieBreak): readonly string[] {
  return [score.userId, negated(score.score), timeKey(score.lastXpAt, ties), score.username];
}

/** The most characters of an entry before the name: the time, the longest negated score, and a space. */
export const LONGEST_ENTRY_START: number = TIME_LENGTH + negated(Number.MAX_SAFE_INTEGER).length + 1;

/** Returns a score as the hash of a version stores it: time, negated score, name. */
export function entryOf({ score, lastXpAt, username }: NamedScore, ties: TieBreak): string {
  return `${timeKey(lastXpAt, ties)}${negated(score)} ${username}`;
}

/** Returns a standing from a script's reply: a player's entry as written by {@link entryOf}, and the rank. */
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
