import { isGamekeeperError, type Standing } from '@gamekeeper/core';
import {
  type AwardOutcome,
  type BoardPeriod,
  type Drift,
  type LeaderboardCache,
  type NamedScore,
  type Score,
  type ScorePages,
} from '@gamekeeper/core/ports';
import { compareScores, recalculate } from '@gamekeeper/core/game';
import { deepEqual, equal } from '../assertions.ts';
import { allPages } from '../batches.ts';
import { populate, type ClosingBoardPeriod, type RankingsHarness } from './rankings-harness.ts';

/** What `leaderboardCacheContract` runs against: a cache, and the store that it copies. */
export interface CacheHarness extends RankingsHarness {
  readonly cache: LeaderboardCache;
}

/** No difference between a cache and the store. */
export const NO_DRIFT: Drift = { missing: 0, extra: 0, wrongScore: 0, misplaced: 0, renamed: 0 };

/** Records an award on every board that it counts for, as gameplay does after the commit. */
export async function show({ cache }: CacheHarness, { scores }: AwardOutcome): Promise<void> {
  for (const { board, period, score } of scores) await cache.record({ board, period }, score);
}

/** Reconciles boards without players: a cache may refuse to read a board that it does not hold completely. */
export async function takeUp(
  { cache }: Pick<CacheHarness, 'cache'>,
  ...boards: readonly BoardPeriod[]
): Promise<void> {
  for (const at of boards) await cache.reconcile(at, truthOf(at, []));
}

/** Returns what was read of a board, or `nothing` if the cache does not hold the board. */
export async function unlessRefused<Read, Nothing>(
  read: Promise<Read>,
  nothing: Nothing,
): Promise<Read | Nothing> {
  try {
    return await read;
  } catch (error) {
    if (isGamekeeperError(error) && error.code === 'BOARD_NOT_CACHED') return nothing;
    throw error;
  }
}

/** Sets the scores of a board and records each award; players without XP are added by reconciling. */
export async function populateAndShow(
  harness: CacheHarness,
  at: ClosingBoardPeriod,
  scores: readonly Score[],
): Promise<void> {
  await takeUp(harness, at);
  for (const outcome of await populate(harness, at, scores)) await show(harness, outcome);
  if (scores.some(({ lastXpAt }) => lastXpAt === null)) await makeEqual(harness, at);
}

/** Reconciles a cached board with the harness' store, as the job does. */
export function makeEqual(
  harness: CacheHarness,
  at: BoardPeriod,
  options?: { readonly full?: boolean },
): Promise<Drift> {
  return harness.transactions.run((tx) => recalculate(harness, tx, at, options));
}

/** Checks everything that can be read of a board, in pages of a given size. */
export async function readsAs(
  { cache }: Pick<CacheHarness, 'cache'>,
  at: BoardPeriod,
  expected: readonly Standing[],
  limit = 1_000,
): Promise<void> {
  deepEqual(await topOf({ cache }, at, limit), expected);
  equal(await cache.size(at), expected.length);
  for (const standing of expected) deepEqual(await cache.standing(at, standing.userId), standing);
}

/** Returns the whole board, read in pages of a given size. */
export function topOf(
  { cache }: Pick<CacheHarness, 'cache'>,
  at: BoardPeriod,
  limit = 1_000,
): Promise<readonly Standing[]> {
  return allPages(
    (last: Standing | undefined, size) => cache.top(at, { limit: size, ...(last && { after: last }) }),
    limit,
  );
}

/** Returns store pages with exactly these scores, in the order of the board. */
export function truthOf(at: BoardPeriod, scores: readonly NamedScore[]): ScorePages {
  const { tieBreak } = at.board;
  const sorted = [...scores].sort((a, b) => compareScores(a, b, tieBreak));
  return async ({ after, limit }) =>
    sorted.filter((one) => after === undefined || compareScores(one, after, tieBreak) > 0).slice(0, limit);
}
