import { memoryStore, VirtualClock } from '@gamekeeper/testkit';
import { beforeEach, describe, expect, it } from 'vitest';

import { userId } from '../players/ids.ts';
import { instant } from '../../engine/time/instant.ts';
import { StoreUnavailableError } from '../../engine/transactions/transactions.ts';
import { defineBoards } from './board.ts';
import { FallbackLeaderboardCache } from './fallback-leaderboard-cache.ts';
import { BoardNotCachedError, type LeaderboardCache } from './leaderboard-cache.ts';
import { periodAt } from './period.ts';
import type { BoardPeriod } from './board-period.ts';
import type { NamedScore } from './standing.ts';

const now = instant('2026-11-24T00:30:00Z');
const board = defineBoards()[0]!;
const at: BoardPeriod = { board, period: periodAt(board, now) };
const ada: NamedScore = { userId: userId('ada'), username: 'Ada', score: 7, lastXpAt: now };

describe('a leaderboard cache with the truth behind it', () => {
  let truth: LeaderboardCache;
  let cache: LeaderboardCache;
  let trouble: Error | null;
  let boards: FallbackLeaderboardCache;

  beforeEach(async () => {
    truth = memoryStore(new VirtualClock(now)).leaderboardCache;
    cache = memoryStore(new VirtualClock(now)).leaderboardCache;
    trouble = null;
    await truth.record(at, ada);
    await cache.record(at, { ...ada, score: 6 });
    const guarded = new Proxy(cache, {
      get: (target, name: Exclude<keyof LeaderboardCache, 'readsStore'>) =>
        trouble === null
          ? target[name].bind(target)
          : (): Promise<never> => Promise.reject(trouble ?? new Error('no trouble')),
    });
    boards = new FallbackLeaderboardCache(guarded, truth);
  });

  const reads = async (): Promise<unknown> => [
    (await boards.top(at, { limit: 1 }))[0]?.score,
    (await boards.standing(at, ada.userId))?.score,
    (await boards.around(at, ada.userId, { before: 1, after: 1 }))[0]?.score,
    await boards.size(at),
  ];

  it('reads the cache while it can be read', async () => {
    expect(await reads()).toEqual([6, 6, 6, 1]);
  });

  it.each([new BoardNotCachedError(at), new StoreUnavailableError('Redis', new Error('gone'))])(
    'reads the truth after a $name',
    async (error) => {
      trouble = error;
      expect(await reads()).toEqual([7, 7, 7, 1]);
    },
  );

  it('does not hide what is wrong with a cache otherwise', async () => {
    trouble = new TypeError('a bug');
    await expect(reads()).rejects.toBe(trouble);
  });

  it('writes to the cache alone', async () => {
    await boards.record(at, { ...ada, score: 9 });
    expect((await truth.standing(at, ada.userId))?.score).toBe(7);
    expect((await cache.standing(at, ada.userId))?.score).toBe(9);
    trouble = new StoreUnavailableError('Redis', new Error('gone'));
    await expect(boards.record(at, ada)).rejects.toBe(trouble);
  });
});
