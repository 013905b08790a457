import { postgresAdapters, postgresDatabase, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { redisConnection, redisLeaderboards } from '@gamekeeper/adapters-redis';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { HOUR_MS, awardId, instant, addMs, silentLogger, userId } from '@gamekeeper/core';
import { gameTokens, type LeaderboardCache } from '@gamekeeper/core/ports';
import { periodAt } from '@gamekeeper/core/game';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithPostgres, describeWithRedis } from './server-suites.ts';

/** More than are put right in place. */
const PLAYERS = 400;
/** Who has earned something in the new week before the reset of the old one comes. */
const EARLY = 3;
const monday = instant('2025-06-09T00:00:00Z');

describeWithRedis('a board in Redis', (redisUrl) => {
  describeWithPostgres('after the reset of the week before', (databaseUrl) => {
    const name = `gamekeeper_test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
    let clock: VirtualClock;
    let host: JobHost;
    let awards = 0;

    beforeEach(async () => {
      clock = new VirtualClock(addMs(monday, -2 * HOUR_MS));
      host = createJobHost({
        modules: [
          postgresAdapters({ url: databaseUrl, schema: name, poolSize: 8 }),
          redisConnection({ url: redisUrl, keyPrefix: name }),
          redisLeaderboards(),
          cronerScheduler(),
        ],
        jobOverrides: { 'leaderboard-reset-weekly': { maxBatchSize: 100 } },
        clock,
        logger: silentLogger,
      });
      await host.open();
      for (let index = 0; index < PLAYERS; index += 40)
        await Promise.all(Array.from({ length: 40 }, (_, next) => earn(index + next, 1 + next)));
      clock.jumpTo(addMs(monday, -HOUR_MS));
      await host.runNow('leaderboard-recalculation');
    });
    afterEach(async () => {
      await host.container.get<PostgresDatabase>(postgresDatabase.symbol).dropSchema();
      await host.stop();
      const client = new Redis(redisUrl);
      const keys = await client.keys(`*${name}*`);
      if (keys.length > 0) await client.unlink(...keys);
      client.disconnect();
    });

    async function earn(index: number, amount: number): Promise<void> {
      awards += 1;
      const award = { awardId: awardId(`award-${awards}`), userId: userId(`player-${index}`), amount };
      await host.gameplay.awardXp(award);
    }

    it('has everybody at once, and shows readers no part of them meanwhile', async () => {
      // The hour's recalculation and the first awards come while the old week waits for its reset.
      clock.jumpTo(monday);
      await host.runNow('leaderboard-recalculation');
      for (let index = 0; index < EARLY; index += 1) await earn(index, 500);
      clock.jumpTo(addMs(monday, 10_000));

      const sizes = new Set<number>();
      const reading = new AbortController();
      const read = async (): Promise<void> => {
        while (!reading.signal.aborted) {
          sizes.add(await host.leaderboards.size('weekly'));
          sizes.add((await host.leaderboards.top('weekly', { limit: 1_000 })).standings.length);
        }
      };
      const readers = [read(), read()];
      const outcome = await host.runNow('leaderboard-reset-weekly');
      const sizeAfter = await host.leaderboards.size('weekly');
      reading.abort();
      await Promise.all(readers);
      expect(outcome).toMatchObject({ kind: 'ran', report: { end: 'succeeded' } });
      expect(sizeAfter).toBe(PLAYERS);
      expect([...sizes].toSorted((a, b) => a - b)).toEqual([EARLY, PLAYERS]);

      const cache = host.container.get<LeaderboardCache>(gameTokens.leaderboardCache.symbol);
      const board = host.leaderboards.boards.find(({ key }) => key === 'weekly')!;
      const period = periodAt(board, monday);
      expect((await host.leaderboards.periods('weekly'))[0]?.key).toBe(period.key);
      expect(await cache.standing({ board, period }, userId(`player-${PLAYERS - 1}`))).toMatchObject({
        score: 0,
      });
      clock.jumpTo(addMs(monday, HOUR_MS));
      await host.runNow('leaderboard-recalculation');
      expect((await host.health()).drift).toMatchObject({ repaired: 0 });
    });
  });
});
