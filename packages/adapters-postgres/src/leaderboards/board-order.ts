import type { Instant, TieBreak } from '@gamekeeper/core';
import type { Score } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { timestamp } from '../database/sql.ts';

/** Sorts players without XP after all others, with either tie-break. */
export const NEVER = '9223372036854775807';

/** The order of every board, ascending, like the index on rankings. */
export const boardOrder: RawBuilder<unknown> = sql`(-score), tie_key, user_id`;

/** The condition of the index on the order of rankings, in its words: players with a score, or with XP. */
export const hasScored: RawBuilder<unknown> = sql`(score > 0 or tie_key < ${sql.raw(NEVER)})`;

/** A place in the order of a board. */
export interface Place {
  readonly userId: string;
  /** Whether {@link hasScored} leaves it out: 0, and never any XP. These players come last, by their ids. */
  readonly isUnscored: boolean;
  /** For comparison with `((-score), tie_key, user_id)`. */
  readonly order: RawBuilder<unknown>;
}

/** Returns the `tie_key` for the instant of a player's last XP. */
export function tieKey(lastXpAt: Instant | null, ties: TieBreak): string {
  if (lastXpAt === null) return NEVER;
  return String(ties === 'latest' ? 0 - lastXpAt : lastXpAt);
}

/** Returns a score's place in the order. */
export function placeOf(score: Score, ties: TieBreak): Place {
  return storedPlace(score, tieKey(score.lastXpAt, ties));
}

/** Returns the place of a score with the `tie_key` that is stored. */
export function storedPlace({ userId, score, lastXpAt }: Score, key: string): Place {
  return {
    userId,
    isUnscored: score === 0 && lastXpAt === null,
    order: sql`(${String(-score)}::bigint, ${key}::bigint, ${userId}::text collate "C")`,
  };
}

/** Returns the span of a period as columns. */
export function spanOf({
  startsAt,
  endsAt,
}: {
  readonly startsAt: Instant | null;
  readonly endsAt: Instant | null;
}): RawBuilder<unknown> {
  return sql`${timestamp(startsAt)}, ${timestamp(endsAt)}`;
}
