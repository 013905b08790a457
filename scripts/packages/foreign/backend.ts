import { sentryAlerts } from '@gamekeeper/alerts';
import { postgresAdapters, type PostgresOptions } from '@gamekeeper/adapters-postgres';
import { redisConnection, redisEventBus, redisLeaderboards } from '@gamekeeper/adapters-redis';
import { createJobHost } from '@gamekeeper/composition';
import { sessionId, silentLogger, userId } from '@gamekeeper/core';
import type { HostModule } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { telemetry } from '@gamekeeper/telemetry';
import { memoryAdapters } from '@gamekeeper/testkit';
import { MikroORM } from '@mikro-orm/postgresql';
import * as Sentry from '@sentry/node';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';

// What a backend does with the packages and with what it shares with them. It runs in a project of its own, so it imports
// nothing of the repository; the environment names the servers that there are.
const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = process.env;
const own = `foreign_${randomUUID().slice(0, 8)}`;

await play('in memory', memoryAdapters());
await play('embedded', postgresAdapters({ memory: true }));
if (databaseUrl) await useServer(databaseUrl);
if (redisUrl) await useRedis(redisUrl);
sentryAlerts({ sentry: Sentry });

/** Plays a quiz on a host and has a job run; throws when the board does not show it. */
async function play(where: string, ...modules: readonly HostModule[]): Promise<void> {
  const host = createJobHost({
    modules: [...modules, cronerScheduler()],
    observers: [telemetry()],
    logger: silentLogger,
  });
  await host.start();
  try {
    const quiz = await host.gameplay.startQuiz({
      userId: userId('42'),
      sessionId: sessionId('quiz-1'),
      username: 'Ada',
    });
    if (quiz.ok) await host.gameplay.completeQuiz({ sessionId: quiz.session.id, xp: 120 });
    const { kind } = await host.runNow('leaderboard-recalculation');
    const { standings } = await host.leaderboards.top('weekly', { limit: 10 });
    const seen = JSON.stringify(standings.map(({ username, score }) => [username, score]));
    if (seen !== '[["Ada",120]]' || kind !== 'ran')
      throw new Error(`${where}: ${kind}, the board shows ${seen}`);
  } finally {
    await host.stop();
  }
  console.log(where);
}

/** Through a pool of ours, and through the MikroORM of the backend. */
async function useServer(url: string): Promise<void> {
  const orm = new MikroORM({ clientUrl: url, entities: [], discovery: { warnWhenNoEntities: false } });
  await orm.connect();
  const options: readonly [string, PostgresOptions][] = [
    ['on a server', { url, schema: own }],
    ['on the MikroORM of the backend', { orm, schema: `${own}_orm` }],
  ];
  try {
    for (const [where, each] of options) await play(where, postgresAdapters(each));
  } finally {
    for (const [, { schema }] of options) {
      await orm.em.getConnection().execute(`drop schema if exists "${schema}" cascade`);
    }
    await orm.close();
  }
}

/** Through a connection of ours, and through the client of the backend. */
async function useRedis(url: string): Promise<void> {
  const client = new Redis(url);
  try {
    for (const connection of [{ url }, { client }]) {
      const where = 'url' in connection ? 'with Redis' : 'with the Redis client of the backend';
      const keyPrefix = `${own}:${'url' in connection ? 'url' : 'client'}`;
      const redis = redisConnection({ ...connection, keyPrefix });
      await play(where, postgresAdapters({ memory: true }), redis, redisLeaderboards(), redisEventBus());
    }
  } finally {
    const keys = await client.keys(`*${own}*`);
    if (keys.length > 0) await client.unlink(...keys);
    client.disconnect();
  }
}
