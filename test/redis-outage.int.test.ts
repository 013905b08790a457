import {
  PostgresLeaderboardCache,
  postgresAdapters,
  postgresDatabase,
  type PostgresDatabase,
} from '@gamekeeper/adapters-postgres';
import {
  redisConnectionToken,
  redisConnection,
  redisLeaderboards,
  type RedisConnection,
} from '@gamekeeper/adapters-redis';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import {
  awardId,
  HOUR_MS,
  instant,
  silentLogger,
  userId,
  type Standing,
  type WithDates,
} from '@gamekeeper/core';
import { standingWithDates } from '@gamekeeper/core/game';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { Redis } from 'ioredis';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SeverableLink } from './servers/severable-link.ts';
import { describeWithPostgres, describeWithRedis } from './server-suites.ts';
import type { RunningServer } from './servers/find-server.ts';
import { redis as redisServer } from './servers/redis.ts';

const PLAYERS = 40;

// A server of its own, since it is flushed; where there is none to be found at all, there is none to be started.
describeWithRedis('leaderboards of a host', () => {
  describeWithPostgres('whose Redis is not what it was', (databaseUrl) => {
    let server: RunningServer;
    let link: SeverableLink;
    let client: Redis;
    let host: JobHost;
    let clock: VirtualClock;
    let awards = 0;

    beforeEach(async () => {
      const started = await redisServer.start();
      if (!started) throw new Error('install redis-server: these tests flush the one that they use');
      server = started;
      client = new Redis(server.url);
      link = new SeverableLink(new URL(server.url));
      await link.mend();
      clock = new VirtualClock(instant('2026-11-24T12:00:00Z'));
      const schema = `gamekeeper_test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
      host = createJobHost({
        modules: [
          postgresAdapters({ url: databaseUrl, schema, poolSize: 3 }),
          redisConnection({ url: `redis://127.0.0.1:${link.port}` }),
          redisLeaderboards(),
          cronerScheduler(),
        ],
        clock,
        logger: silentLogger,
      });
      await host.open();
      for (let index = 0; index < PLAYERS; index += 1) await play(index, (index * 37) % 29);
      await anHourLater();
    });
    afterEach(async () => {
      await host.container.get<PostgresDatabase>(postgresDatabase.symbol).dropSchema();
      await host.stop();
      client.disconnect();
      await link.cut();
      await server.stop();
    });

    async function play(index: number, amount: number): Promise<void> {
      const id = userId(`player-${index}`);
      awards += 1;
      clock.jumpTo(instant(clock.now() + 1));
      await host.gameplay.startQuiz({ userId: id, username: `Player ${index}` });
      await host.gameplay.awardXp({ awardId: awardId(`award-${awards}`), userId: id, amount });
    }

    async function anHourLater(): Promise<void> {
      clock.jumpTo(instant(clock.now() + HOUR_MS));
      const outcome = await host.runNow('leaderboard-recalculation');
      expect(outcome).toMatchObject({ kind: 'ran', report: { end: 'succeeded' } });
    }

    /** What readers see of a board, in every way that they can look at it. */
    async function seen(key: string): Promise<readonly WithDates<Standing>[]> {
      const { standings } = await host.leaderboards.top(key, { limit: 100 });
      expect(await host.leaderboards.size(key)).toBe(standings.length);
      for (const [index, standing] of standings.entries()) {
        expect(await host.leaderboards.standing(key, standing.userId)).toEqual(standing);
        expect(await host.leaderboards.around(key, standing.userId, { before: 2, after: 2 })).toEqual(
          standings.slice(Math.max(0, index - 2), index + 3),
        );
      }
      return standings;
    }

    /** The board as the tables have it. */
    async function truth(key: string): Promise<readonly WithDates<Standing>[]> {
      const database = host.container.get<PostgresDatabase>(postgresDatabase.symbol);
      const board = host.leaderboards.boards.find((one) => one.key === key)!;
      const { period } = await host.leaderboards.top(key, { limit: 1 });
      const at = { board, period: { key: period, startsAt: null, endsAt: null } };
      return (await new PostgresLeaderboardCache(database).top(at, { limit: 100 })).map(standingWithDates);
    }

    async function expectWhole(): Promise<void> {
      for (const { key } of host.leaderboards.boards) {
        expect(await truth(key)).toHaveLength(PLAYERS);
        expect(await seen(key)).toEqual(await truth(key));
      }
    }

    const calls = async (): Promise<number> =>
      Number(
        /calls=(\d+)/.exec((await client.info('commandstats')).split('cmdstat_zrange:')[1] ?? '')?.[1] ?? 0,
      );

    it('are read from Redis while it is', async () => {
      const before = await calls();
      await expectWhole();
      expect(await calls()).toBeGreaterThanOrEqual(before + 3 * (PLAYERS + 1));
    });

    it('are whole after it was flushed, with the awards since, and in Redis again an hour later', async () => {
      await client.flushall();
      await expectWhole();
      await play(3, 500);
      await play(4, 10);
      await expectWhole();
      await anHourLater();
      await expectWhole();
      expect(await client.keys('*')).toHaveLength(9);
    });

    it('equal the truth an hour after it was replaced by an old snapshot', async () => {
      const snapshot = await dumped(client);
      for (let index = 0; index < 20; index += 1) await play(index, 100 + index);
      await client.flushall();
      for (const [key, dump] of snapshot) await client.restore(key, 0, dump);
      await play(21, 1_000);
      await anHourLater();
      await expectWhole();
      expect(await client.keys('*')).toHaveLength(9);
    });

    it('go on from the tables while it is down, with play and jobs, and return to it later', async () => {
      await link.cut();
      for (let index = 0; index < 10; index += 1) await play(index, 200 + index);
      await expectWhole();
      clock.jumpTo(instant(clock.now() + HOUR_MS));
      const regeneration = await host.runNow('life-regeneration');
      expect(regeneration).toMatchObject({ kind: 'ran', report: { end: 'succeeded' } });
      const back = once(await clientOf(host), 'ready');
      await link.mend();
      await back;
      await anHourLater();
      await expectWhole();
      expect(await host.leaderboards.recalculate('weekly')).toEqual({
        missing: 0,
        extra: 0,
        wrongScore: 0,
        misplaced: 0,
        renamed: 0,
      });
    });

    it('lose nobody when Redis evicts a part of a board', async () => {
      const [part] = (await client.keys('*:z')) as [string];
      await client.del(part);
      await expectWhole();
      await anHourLater();
      await expectWhole();
      expect(await client.keys('*')).toHaveLength(9);
    });

    it('are kept for a while after their period, the one of all time for ever', async () => {
      const ttls = await Promise.all(
        (await client.keys('*')).map(
          async (key) => [key.includes('global'), await client.pttl(key)] as const,
        ),
      );
      const day = 24 * HOUR_MS;
      for (const [isEndless, ttl] of ttls) {
        if (isEndless) expect(ttl).toBe(-1);
        else expect(ttl).toBeGreaterThan(7 * day);
        expect(ttl).toBeLessThan(14 * day);
      }
    });
  });
});

async function clientOf(host: JobHost): Promise<Redis> {
  const connection = host.container.get<RedisConnection>(redisConnectionToken.symbol);
  return (await connection.run(async (open) => open)) as Redis;
}

async function dumped(client: Redis): Promise<ReadonlyMap<string, Buffer>> {
  const dumps = new Map<string, Buffer>();
  for (const key of await client.keys('*')) dumps.set(key, await client.dumpBuffer(key));
  return dumps;
}
