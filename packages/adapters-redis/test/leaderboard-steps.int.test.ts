import { addMs, userId } from '@gamekeeper/core';
import { type NamedScore, type ScorePages } from '@gamekeeper/core/ports';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithRedis } from '../../../test/server-suites.ts';
import type { RedisConnection, RedisLeaderboardCache } from '../src/index.ts';
import { ownCache, type OwnCache } from './own-cache.ts';
import { keysOf, removeKeys } from './own-keys.ts';
import { board, crowd, noon } from './processes/crowd.ts';
import { SortedBoard } from './sorted-board.ts';

const PLAYERS = 5_200;

describeWithRedis('a recalculation in Redis', (url) => {
  let own: OwnCache;
  let prefix: string;
  let connection: RedisConnection;
  let cache: RedisLeaderboardCache;
  let truth: SortedBoard;

  beforeEach(async () => {
    own = await ownCache(url, noon);
    ({ prefix, connection, cache } = own);
    truth = new SortedBoard(crowd(0, PLAYERS));
    await cache.reconcile(board, truth.pages);
  });
  afterEach(() => own.remove());

  const winner = (score: NamedScore): NamedScore => ({
    ...score,
    score: 10_000,
    lastXpAt: addMs(noon, 60_000),
  });
  const live = async (): Promise<string> =>
    (await connection.run((client) => client.hget(connection.key('leaderboard', '{weekly:2026-W48}'), 'v')))!;

  it.each([true, false])(
    'law 6: keeps somebody who moves up while the truth is read, and whose award comes later (full: %s)',
    async (full) => {
      const last = truth.all.at(-1)!;
      let pages = 0;
      const moving: ScorePages = async (page) => {
        const read = await truth.pages(page);
        pages += 1;
        // From the page that is still to come to the one that has gone by.
        if (pages === 1) truth.set(winner(last));
        return read;
      };
      await cache.reconcile(board, moving, { full });
      expect(await cache.size(board)).toBe(PLAYERS);
      expect(await cache.standing(board, last.userId)).not.toBeNull();
      await cache.record(board, winner(last));
      expect(await cache.top(board, { limit: 1 })).toEqual([{ ...winner(last), rank: 1 }]);
      expect(await cache.reconcile(board, truth.pages)).toEqual({
        missing: 0,
        extra: 0,
        wrongScore: 0,
        misplaced: 0,
        renamed: 0,
      });
    },
  );

  it('rebuilds nothing if little or nothing differs', async () => {
    const version = await live();
    await cache.reconcile(board, truth.pages);
    for (const score of truth.all.slice(0, 250)) truth.set(winner(score));
    expect(await cache.reconcile(board, truth.pages)).toMatchObject({ wrongScore: 250, missing: 0 });
    expect(await live()).toBe(version);
    for (const score of truth.all.slice(-251)) truth.set(winner(score));
    expect(await cache.reconcile(board, truth.pages)).toMatchObject({ wrongScore: 251, missing: 0 });
    expect(await live()).not.toBe(version);
    expect(await keysOf(url, prefix)).toHaveLength(3);
  });

  it('counts no award as drift that is written during the check, however many there are', async () => {
    const version = await live();
    let pages = 0;
    const landing: ScorePages = async (page) => {
      const read = await truth.pages(page);
      pages += 1;
      const [from, to] = pages === 1 ? [-100, PLAYERS] : [100, 200];
      for (const score of truth.all.slice(from, to)) {
        truth.set(winner(score));
        await cache.record(board, winner(score));
      }
      const newcomer = { ...winner(truth.all[0]!), userId: userId(`newcomer ${pages}`) };
      truth.set(newcomer);
      await cache.record(board, newcomer);
      return read;
    };
    expect(await cache.reconcile(board, landing)).toEqual({
      missing: 0,
      extra: 0,
      wrongScore: 0,
      misplaced: 0,
      renamed: 0,
    });
    expect(await live()).toBe(version);
    expect(await cache.size(board)).toBe(truth.size);
  });

  it.each(['', ' ', ' Ada  L. ', 'é'.repeat(200), '漢'.repeat(200), '🎉'.repeat(100)])(
    'rebuilds, checks and repairs the name "%s"',
    async (username) => {
      for (const score of truth.all.slice(0, 400)) truth.set({ ...winner(score), username });
      const shown = (): unknown[] =>
        truth.all.slice(0, 500).map((score, index) => ({ ...score, rank: index + 1 }));
      expect(await cache.reconcile(board, truth.pages)).toMatchObject({ wrongScore: 400 });
      expect(await cache.top(board, { limit: 500 })).toEqual(shown());
      for (const score of truth.all.slice(0, 200)) await cache.record(board, { ...score, username: 'Bob' });
      expect(await cache.reconcile(board, truth.pages)).toMatchObject({ renamed: 200, wrongScore: 0 });
      expect(await cache.top(board, { limit: 500 })).toEqual(shown());
    },
  );

  it.each([true, false])(
    'keeps an award that lands on a score that is too high, while the truth is read (full: %s)',
    async (full) => {
      const [ada] = crowd(0, 1).map((score) => ({ ...score, score: 5_000 }));
      truth.set({ ...ada!, score: 5_000 });
      await cache.record(board, { ...ada!, score: 6_000, lastXpAt: addMs(noon, 1_000) });
      const award = { ...ada!, score: 5_030, lastXpAt: addMs(noon, 2_000) };
      let pages = 0;
      const landing: ScorePages = async (page) => {
        const read = await truth.pages(page);
        pages += 1;
        if (pages === 2) {
          truth.set(award);
          await cache.record(board, award);
        }
        return read;
      };
      await cache.reconcile(board, landing, { full });
      expect(await cache.standing(board, ada!.userId)).toEqual({ ...award, rank: 1 });
    },
  );

  it('law 6: is not cached while Redis has evicted one of its keys, whatever is written then', async () => {
    const { userId: known } = truth.all[0]!;
    for (const end of ['e', 'z']) {
      await cache.reconcile(board, truth.pages);
      const version = await live();
      const key = connection.key('leaderboard', `{weekly:2026-W48}:${version}:${end}`);
      expect(await connection.run((client) => client.unlink(key))).toBe(1);
      await cache.record(board, { ...winner(truth.all[0]!), score: 20_000 });
      await cache.record(board, { ...winner(truth.all[0]!), userId: userId('new'), score: 30_000 });
      for (const read of [
        cache.standing(board, known),
        cache.standing(board, userId('new')),
        cache.top(board, { limit: 3 }),
        cache.around(board, known, { before: 1, after: 1 }),
      ])
        await expect(read).rejects.toMatchObject({ code: 'BOARD_NOT_CACHED' });
    }
  });

  it('starts again when Redis is flushed meanwhile', async () => {
    let pages = 0;
    const flushing: ScorePages = async (page) => {
      pages += 1;
      if (pages === 2) await removeKeys(url, prefix);
      return truth.pages(page);
    };
    await cache.reconcile(board, flushing, { full: true });
    expect(await cache.top(board, { limit: 1_000 })).toEqual(
      truth.all.slice(0, 1_000).map((score, index) => ({ ...score, rank: index + 1 })),
    );
  });

  it('leaves the board unchanged if the database cannot be read', async () => {
    const failure = new Error('no truth today');
    for (const full of [true, false]) {
      let pages = 0;
      const failing: ScorePages = (page) => {
        pages += 1;
        return pages === 2 ? Promise.reject(failure) : truth.pages(page);
      };
      await expect(cache.reconcile(board, failing, { full })).rejects.toBe(failure);
      expect(await cache.size(board)).toBe(PLAYERS);
      expect(await keysOf(url, prefix)).toHaveLength(3);
    }
  });
});
