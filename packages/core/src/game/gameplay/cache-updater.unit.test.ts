import { VirtualClock, memoryStore, type MemoryStore } from '@gamekeeper/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../engine/common/logger.ts';
import { MINUTE_MS, instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import { defineBoards } from '../leaderboards/board.ts';
import type { LeaderboardCache } from '../leaderboards/leaderboard-cache.ts';
import type { PendingCacheUpdates } from '../leaderboards/pending-cache-updates.ts';
import { awardId, userId } from '../players/ids.ts';
import { CachedBoards } from './cached-boards.ts';
import { CacheUpdater } from './cache-updater.ts';

const ada = userId('ada');
const boards = defineBoards();
const now = instant('2026-11-24T10:10:00Z');

/** A cache that can fail. */
class Cache {
  isAvailable = true;
  calls = 0;

  over(cache: LeaderboardCache): LeaderboardCache {
    const checked = <Result>(work: () => Promise<Result>): Promise<Result> => {
      this.calls += 1;
      return this.isAvailable ? work() : Promise.reject(new Error('no cache'));
    };
    return Object.assign(Object.create(cache) as LeaderboardCache, {
      record: (...args: Parameters<LeaderboardCache['record']>) => checked(() => cache.record(...args)),
      rename: (...args: Parameters<LeaderboardCache['rename']>) => checked(() => cache.rename(...args)),
    });
  }
}

/** One of several instances on one store. */
class Instance {
  readonly cachedBoards: CachedBoards;
  readonly updater: CacheUpdater;

  constructor(clock: VirtualClock, store: MemoryStore, cache: Cache, pending?: PendingCacheUpdates) {
    const ports = {
      ...store,
      boards,
      clock,
      logger: silentLogger,
      cache: cache.over(store.leaderboardCache),
    };
    const kept = pending ?? store.pendingCacheUpdates;
    this.cachedBoards = new CachedBoards({
      ...ports,
      pending: kept,
      expectUpdate: () => this.updater.expect(),
    });
    this.updater = new CacheUpdater({
      pending: kept,
      cachedBoards: this.cachedBoards,
      clock,
      logger: silentLogger,
      random: () => 0.5,
    });
  }
}

describe('a cache updater', () => {
  const clock = new VirtualClock(now);
  const store = memoryStore(clock);
  const started: CacheUpdater[] = [];
  let awards = 0;

  afterEach(async () => {
    await Promise.all(started.splice(0).map((updater) => updater.stop(1_000)));
    await store.pendingCacheUpdates.remove((await store.pendingCacheUpdates.list(1_000)).map(({ id }) => id));
  });

  const start = ({ updater }: Instance): void => {
    started.push(updater);
    updater.start();
  };

  /** Awards 10 XP in a transaction of a host. */
  async function award({ cachedBoards }: Instance, tx: Transaction): Promise<void> {
    awards += 1;
    const given = { awardId: awardId(`award ${awards}`), userId: ada, amount: 10, earnedAt: clock.now() };
    const recorded = await store.awards.record(tx, given, boards, { protections: 0 });
    await cachedBoards.showScores(ada, recorded, tx);
  }

  const shown = async (): Promise<number | undefined> => {
    const [board] = boards;
    const { period } = await store.periods.periodAt(board!, clock.now());
    return (await store.leaderboardCache.standing({ board: board!, period }, ada))?.score;
  };
  const waiting = async (): Promise<number> => (await store.pendingCacheUpdates.list(1_000)).length;

  it('shows what a transaction of its host committed, within a second', async () => {
    const instance = new Instance(clock, store, new Cache());
    start(instance);
    await clock.advanceBy(MINUTE_MS);
    await store.transactions.run((tx) => award(instance, tx));
    await clock.advanceBy(1_000);
    expect(await shown()).toBe(10);
    expect(await waiting()).toBe(0);
  });

  it('shows nothing of a transaction that was rolled back', async () => {
    const instance = new Instance(clock, store, new Cache());
    start(instance);
    const before = await shown();
    const failing = store.transactions.run(async (tx) => {
      await award(instance, tx);
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    await clock.advanceBy(MINUTE_MS);
    expect([await shown(), await waiting()]).toEqual([before, 0]);
  });

  it('shows within seconds what an instance committed that has died', async () => {
    start(new Instance(clock, store, new Cache()));
    await clock.advanceBy(MINUTE_MS);
    const before = (await shown()) ?? 0;
    const dead = new Instance(clock, store, new Cache());
    await store.transactions.run((tx) => award(dead, tx));
    await clock.advanceBy(15_000);
    expect(await shown()).toBe(before + 10);
  });

  it('keeps updates while the cache is unavailable, and makes all of them afterwards', async () => {
    const cache = new Cache();
    const instance = new Instance(clock, store, cache);
    start(instance);
    const before = (await shown()) ?? 0;
    cache.isAvailable = false;
    for (let index = 0; index < 450; index += 1) await store.transactions.run((tx) => award(instance, tx));
    await clock.advanceBy(10 * MINUTE_MS);
    expect([await shown(), await waiting()]).toEqual([before === 0 ? undefined : before, 450]);
    // It tries less and less often.
    expect(cache.calls).toBeLessThan(40 * boards.length);
    cache.isAvailable = true;
    await clock.advanceBy(31_000);
    expect([await shown(), await waiting()]).toEqual([before + 4_500, 0]);
  });

  it('goes on when the store could not be read', async () => {
    const { pendingCacheUpdates } = store;
    let isAvailable = false;
    const instance = new Instance(clock, store, new Cache(), {
      append: (...args) => pendingCacheUpdates.append(...args),
      list: (limit) =>
        isAvailable ? pendingCacheUpdates.list(limit) : Promise.reject(new Error('no store')),
      remove: (ids) => pendingCacheUpdates.remove(ids),
    });
    start(instance);
    const before = (await shown()) ?? 0;
    await store.transactions.run((tx) => award(instance, tx));
    await clock.advanceBy(MINUTE_MS);
    isAvailable = true;
    await clock.advanceBy(31_000);
    expect(await shown()).toBe(before + 10);
  });

  it('ignores boards that the host no longer has', async () => {
    start(new Instance(clock, store, new Cache()));
    const score = { userId: ada, username: 'Ada', score: 1, lastXpAt: clock.now() };
    const period = { key: 'all', startsAt: null, endsAt: null };
    await store.transactions.run((tx) =>
      store.pendingCacheUpdates.append(tx, {
        kind: 'scores',
        userId: ada,
        scores: [{ board: 'removed', period, score }],
      }),
    );
    await clock.advanceBy(15_000);
    expect(await waiting()).toBe(0);
  });

  it('stops in the middle of a batch, and leaves the rest to the others', async () => {
    const instance = new Instance(clock, store, new Cache());
    await store.transactions.run((tx) => award(instance, tx));
    instance.updater.start();
    expect(await instance.updater.stop(1_000)).toBe(true);
    await clock.advanceBy(MINUTE_MS);
    expect(await waiting()).toBe(1);
    const other = new Instance(clock, store, new Cache());
    start(other);
    await clock.advanceBy(15_000);
    expect(await waiting()).toBe(0);
  });
});
