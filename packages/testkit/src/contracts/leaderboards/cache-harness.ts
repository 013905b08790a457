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
import { deepEqual, equal } from 'node:assert/strict';
import { allPages } from '../batches.ts';
import { populate, type ClosingBoardPeriod, type RankingsHarness } from './rankings-harness.ts';

/** What `leaderboardCacheContract` tests with: a cache, and the truth that it shows. */
export interface CacheHarness extends RankingsHarness {
  readonly cache: LeaderboardCache;
}

/** A cache and a truth that agree. */
export const NO_DRIFT: Drift = { missing: 0, extra: 0, wrongScore: 0, misplaced: 0, renamed: 0 };

/** Shows an award on every board that it counts for, as gameplay does once it is committed. */
export async function show({ cache }: CacheHarness, { scores }: AwardOutcome): Promise<void> {
  for (const { board, period, score } of scores) await cache.record({ board, period }, score);
}

/** Lets a cache take up boards that nobody is on: what it does not hold whole, it may refuse to show. */
export async function takeUp(
  { cache }: Pick<CacheHarness, 'cache'>,
  ...boards: readonly BoardPeriod[]
): Promise<void> {
  for (const at of boards) await cache.reconcile(at, truthOf(at, []));
}

/** What is read of a board, or nothing when the cache says that it does not hold it. */
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

/** Brings a board to these scores and shows each award; who has no XP is found by reconciling. */
export async function populateAndShow(
  harness: CacheHarness,
  at: ClosingBoardPeriod,
  scores: readonly Score[],
): Promise<void> {
  await takeUp(harness, at);
  for (const outcome of await populate(harness, at, scores)) await show(harness, outcome);
  if (scores.some(({ lastXpAt }) => lastXpAt === null)) await makeEqual(harness, at);
}

/** Makes a cached board equal to the truth of the harness, as the job does. */
export function makeEqual(
  harness: CacheHarness,
  at: BoardPeriod,
  options?: { readonly full?: boolean },
): Promise<Drift> {
  return harness.transactions.run((tx) => recalculate(harness, tx, at, options));
}

/** Checks everything that can be read of a board, in pages of a size. */
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

/** The whole board, read in pages of a size. */
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

/** A truth that is just these scores, in the order of the board. */
export function truthOf(at: BoardPeriod, scores: readonly NamedScore[]): ScorePages {
  const { tieBreak } = at.board;
  const sorted = [...scores].sort((a, b) => compareScores(a, b, tieBreak));
  return async ({ after, limit }) =>
    sorted.filter((one) => after === undefined || compareScores(one, after, tieBreak) > 0).slice(0, limit);
}
