import type { UserId } from '../players/ids.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { TieBreak } from './board.ts';

/** A player's score on a board in a period. */
export interface Score {
  readonly userId: UserId;
  /** XP, a whole number up to 2^53 − 1. */
  readonly score: number;
  /**
   * When the player last earned XP that counts here; `null` if the player was carried over at 0, or has earned none.
   */
  readonly lastXpAt: Instant | null;
}

/** A score with the player's name. */
export interface NamedScore extends Score {
  readonly username: string;
}

/** A player's rank: rank 1 is first, and no two players share a rank. */
export interface Standing extends NamedScore {
  readonly rank: number;
}

/**
 * Compares scores in the order of a board, the same in every store: score descending, then latest (or earliest) XP
 * first, players without XP after those with some, then user id ascending, bytewise. Returns a negative number if `a`
 * comes first.
 */
export function compareScores(a: Score, b: Score, ties: TieBreak): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.lastXpAt !== b.lastXpAt) {
    if (a.lastXpAt === null) return 1;
    if (b.lastXpAt === null) return -1;
    return ties === 'latest' ? b.lastXpAt - a.lastXpAt : a.lastXpAt - b.lastXpAt;
  }
  return compareBytewise(a.userId, b.userId);
}

/** Compares text by its UTF-8 bytes, as PostgreSQL's collation "C" and Redis do. JavaScript compares UTF-16 units. */
export function compareBytewise(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return byteOrder(left) - byteOrder(right);
  }
  return a.length - b.length;
}

/** Code points beyond U+FFFF sort last in UTF-8, but their surrogates come before U+E000 in UTF-16. */
function byteOrder(unit: number): number {
  const isSurrogate = unit >= 0xd800 && unit <= 0xdfff;
  return isSurrogate ? unit + 0x10000 : unit;
}

/**
 * Reads scores of a period in the order of its board: page after page, each after the last score of the previous one.
 */
export type ScorePages = (page: {
  readonly after?: Score;
  readonly limit: number;
}) => Promise<readonly NamedScore[]>;
