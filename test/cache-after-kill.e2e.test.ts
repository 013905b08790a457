import { postgresAdapters, postgresDatabase, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import {
  redisConnection,
  redisConnectionToken,
  redisLeaderboards,
  type RedisConnection,
} from '@gamekeeper/adapters-redis';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { sessionId, silentLogger, userId } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithPostgres, describeWithRedis } from './server-suites.ts';

const program = fileURLToPath(new URL('processes/committing-host.ts', import.meta.url));
const ada = userId('ada');

describeWithPostgres('a host that is killed between its own commit and the update of the cache', (url) => {
  describeWithRedis('in Redis', (redisUrl) => {
    let host: JobHost;
    let args: readonly string[];

    beforeEach(async () => {
      const name = `${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
      args = [url, `gamekeeper_test_${name}`, redisUrl, `gamekeeper-test-${name}`];
      host = createJobHost({
        modules: [
          postgresAdapters({ url, schema: args[1]!, poolSize: 4 }),
          redisConnection({ url: redisUrl, keyPrefix: args[3]! }),
          redisLeaderboards(),
          cronerScheduler(),
        ],
        // Its hourly tick must not come in between.
        jobOverrides: { 'leaderboard-recalculation': { enabled: false } },
        logger: silentLogger,
      });
      await host.start();
      const quiz = await host.gameplay.startQuiz({ userId: ada, sessionId: sessionId('first') });
      if (quiz.ok) await host.gameplay.completeQuiz({ sessionId: quiz.session.id, xp: 10 });
      await host.leaderboards.recalculate('weekly');
      await host.gameplay.startQuiz({ userId: ada, sessionId: sessionId('second') });
    });
    afterEach(async () => {
      await host.container.get<PostgresDatabase>(postgresDatabase.symbol).dropSchema();
      const redis = host.container.get<RedisConnection>(redisConnectionToken.symbol);
      await redis.run(async (client) => {
        const keys = await client.keys(`${args[3]}:*`);
        if (keys.length > 0) await client.unlink(...keys);
      });
      await host.stop();
    });

    const shown = async (): Promise<number | undefined> =>
      (await host.leaderboards.standing('weekly', ada))?.score;

    async function completeAndDie(): Promise<void> {
      const child = fork(program, [...args, 'second'], { execArgv: ['--conditions=@gamekeeper/source'] });
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect(signal).toBe('SIGKILL');
    }

    it('shows the score through another host, before any recalculation', async () => {
      await completeAndDie();
      await expect.poll(shown, { timeout: 40_000 }).toBe(110);
      expect(await host.leaderboards.recalculate('weekly')).toMatchObject({ wrongScore: 0, missing: 0 });
    }, 60_000);
  });
});
