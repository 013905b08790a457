import { addMs, userId } from '@gamekeeper/core';
import { type BoardPeriod, type NamedScore } from '@gamekeeper/core/ports';
import { defineBoards, periodAt } from '@gamekeeper/core/game';
import { VirtualClock } from '@gamekeeper/testkit';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithRedis } from '../../../test/server-suites.ts';
import { freePort } from '../../../test/servers/started-process.ts';
import { startRedis } from '../../../test/servers/redis.ts';
import { RedisConnection, RedisLeaderboardCache } from '../src/index.ts';
import { ownCache, type OwnCache } from './own-cache.ts';
import { noon } from './processes/crowd.ts';

const boards: readonly BoardPeriod[] = defineBoards().map((board) => ({
  board,
  period: periodAt(board, noon),
}));
/** More than one script takes. */
const PLAYERS = 40;

const award = (player: number, score: number): NamedScore => ({
  userId: userId(`player-${player}`),
  username: `Player ${player}`,
  score,
  lastXpAt: addMs(noon, score),
});
const players = Array.from({ length: PLAYERS }, (_, player) => player);

/** Awards to everybody on every board, all at once. */
async function awardAll(cache: RedisLeaderboardCache, score: (player: number) => number): Promise<void> {
  await Promise.all(
    boards.flatMap((at) => players.map((player) => cache.record(at, award(player, score(player))))),
  );
}

async function expectAll(cache: RedisLeaderboardCache, score: (player: number) => number): Promise<void> {
  const ranked = players.toSorted((one, other) => score(other) - score(one));
  for (const at of boards) {
    const shown = await Promise.all(players.map((player) => cache.standing(at, userId(`player-${player}`))));
    expect(shown).toEqual(
      players.map((player) => ({
        ...award(player, score(player)),
        rank: ranked.indexOf(player) + 1,
      })),
    );
  }
}

describeWithRedis('awards and ranks that share a script', (url) => {
  let own: OwnCache;

  beforeEach(async () => {
    own = await ownCache(url, noon);
    for (const at of boards) await own.cache.reconcile(at, async () => []);
  });
  afterEach(() => own.remove());

  it('each reach their own board and player', async () => {
    await awardAll(own.cache, (player) => 10 * player);
    await expectAll(own.cache, (player) => 10 * player);
    await awardAll(own.cache, (player) => 1_000 - player);
    await expectAll(own.cache, (player) => 1_000 - player);
  });

  it('show the newest of several awards to one player, in whatever order they are recorded', async () => {
    const scores = [3, 1, 5, 2, 4];
    await Promise.all(boards.flatMap((at) => scores.map((score) => own.cache.record(at, award(1, score)))));
    for (const at of boards)
      expect(await own.cache.top(at, { limit: 2 })).toEqual([{ ...award(1, 5), rank: 1 }]);
  });

  it('say of each player and board whether the board is complete and has the player', async () => {
    const [global, weekly, monthly] = boards as [BoardPeriod, BoardPeriod, BoardPeriod];
    await own.cache.record(global, award(1, 10));
    await own.cache.drop(monthly);
    const asked = [global, weekly, monthly].map((at) => own.cache.standing(at, userId('player-1')));
    expect(await Promise.allSettled(asked)).toMatchObject([
      { status: 'fulfilled', value: { rank: 1 } },
      { status: 'fulfilled', value: null },
      { status: 'rejected', reason: { code: 'BOARD_NOT_CACHED' } },
    ]);
  });

  it('work on all other boards if the keys of one hold something else', async () => {
    const [global, ...others] = boards as [BoardPeriod, ...BoardPeriod[]];
    const key = own.connection.key('leaderboard', `{${global.board.key}:${global.period.key}}`);
    await own.connection.run((client) => client.set(key, 'somebody’s'));
    const told = await Promise.allSettled(boards.map((at) => own.cache.record(at, award(1, 10))));
    expect(told.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    for (const at of others)
      expect(await own.cache.standing(at, userId('player-1'))).toMatchObject({ score: 10, rank: 1 });
    const asked = await Promise.allSettled(boards.map((at) => own.cache.standing(at, userId('player-1'))));
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });
});

// With a server of its own, which keeps boards in slots although the client is that of a single server.
describeWithRedis('awards and ranks that may not share a script', () => {
  it('reach the boards of a cluster through a client of one server', { timeout: 60_000 }, async () => {
    const server = await startRedis(['--cluster-enabled', 'yes', '--cluster-port', `${await freePort()}`]);
    if (server === null) throw new Error('redis-server is not installed; this test starts its own');
    const client = new Redis(server.url);
    try {
      await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      await expect
        .poll(() => client.call('CLUSTER', 'INFO'), { timeout: 20_000 })
        .toContain('cluster_state:ok');
      const connection = new RedisConnection({ client });
      await connection.open();
      const cache = new RedisLeaderboardCache(connection, new VirtualClock(noon));
      for (const at of boards) await cache.reconcile(at, async () => []);
      await awardAll(cache, (player) => 10 * player);
      await expectAll(cache, (player) => 10 * player);
    } finally {
      client.disconnect();
      await server.stop();
    }
  });
});
