import { postgresAdapters, postgresDatabase, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { redisConnection, redisLeaderboards } from '@gamekeeper/adapters-redis';
import { sessionId, userId } from '@gamekeeper/core';
import { testHost, type TestHost } from '@gamekeeper/testkit/host';
import { Redis } from 'ioredis';
import { sql, type RawBuilder } from 'kysely';

/** A host on PostgreSQL and Redis, and what went wrong there. */
export interface Incidents {
  readonly test: TestHost;
  /** Makes the database accept again what it refused. */
  readonly mend: (what: 'seal' | 'lives') => Promise<unknown>;
  readonly emptyRedis: () => Promise<void>;
  readonly end: () => Promise<void>;
}

/** What the last steps of the history need. */
interface Acts {
  /** Pauses `session-cleanup` from the dashboard, on the evening before. */
  readonly pauseCleanup: (test: TestHost) => Promise<void>;
}

/**
 * Four days on a real host until Tuesday, 2026-10-27 00:40 UTC: dora's streak breaks after the night in which the clocks
 * of Berlin go back; the cleanup is paused and forgotten; the database cannot seal the week; it cannot write mallory's
 * lives.
 */
export async function makeIncidents(
  servers: { readonly databaseUrl: string; readonly redisUrl: string },
  { pauseCleanup }: Acts,
): Promise<Incidents> {
  const name = `gamekeeper_tickets_${process.pid}`;
  const test = await testHost({
    now: '2026-10-22T22:00:00Z',
    modules: [
      postgresAdapters({ url: servers.databaseUrl, schema: name, pinnableClock: true }),
      redisConnection({ url: servers.redisUrl, keyPrefix: name }),
      redisLeaderboards(),
    ],
    rules: { streaks: { initialProtections: 0 } },
    jobOverrides: {
      'streak-update': { schedule: { cron: '0 0 * * *', timeZone: 'Europe/Berlin' } },
      // There are too few players for a share of them.
      'life-regeneration': { schedule: { cron: '0 * * * *' }, maxFailureRate: 1 },
      // Fewer ticks and attempts make a shorter test.
      'leaderboard-reset-weekly': {
        retry: { maxAttempts: 1 },
        retryRun: { maxAttempts: 3, initialDelayMs: 60_000, maxDelayMs: 60_000 },
      },
      'leaderboard-recalculation': { schedule: { cron: '0 */12 * * *' } },
    },
    health: { watchIntervalMs: 3_600_000 },
  });
  const database = test.host.container.get<PostgresDatabase>(postgresDatabase.symbol);
  const redis = new Redis(servers.redisUrl);
  const execute = (statement: RawBuilder<unknown>): Promise<unknown> =>
    database.within(undefined, (db) => statement.execute(db));
  const refusal = (what: string): RawBuilder<unknown> => sql.table(`${name}.refuse_${what}`);

  /** Makes the database refuse some writes. */
  async function refuse(what: string, write: RawBuilder<unknown>, error: string): Promise<void> {
    await execute(
      sql`create function ${refusal(what)}() returns trigger language plpgsql as ${sql.lit(`begin raise exception '${error}'; end`)}`,
    );
    await execute(sql`create trigger refuse before update ${write} execute function ${refusal(what)}()`);
  }
  async function emptyRedis(): Promise<void> {
    const keys = await redis.keys(`${name}:*`);
    if (keys.length === 0) throw new Error('nothing is cached');
    await redis.unlink(keys);
  }

  await play(test, 'dora', '2026-10-22T22:30:00Z');
  await play(test, 'dora', '2026-10-23T22:30:00Z');
  for (const player of ['ann', 'bob', 'cy']) await play(test, player, '2026-10-24T12:00:00Z');
  await test.advanceTo('2026-10-25T22:00:00Z');
  const { periods } = database.tables;
  await refuse(
    'seal',
    sql`of sealed_at on ${periods} for each row`,
    'could not extend file: No space left on device',
  );
  // Not before: a paused job is looked at again and again.
  await test.advanceTo('2026-10-26T19:10:00Z');
  await pauseCleanup(test);
  await test.host.gameplay.startQuiz({ userId: userId('erin'), sessionId: sessionId('erins-quiz') });
  await play(test, 'ann', '2026-10-26T20:30:00Z');
  await test.advanceTo('2026-10-26T22:20:00Z');
  await test.host.gameplay.startQuiz({ userId: userId('mallory'), sessionId: sessionId('mallorys-quiz') });
  const { lives } = database.tables;
  await refuse(
    'lives',
    sql`on ${lives} for each row when (new.user_id = 'mallory')`,
    'lives of mallory: value out of range',
  );
  await test.advanceTo('2026-10-27T00:40:00Z');
  return {
    test,
    emptyRedis,
    mend: (what) => execute(sql`drop function ${refusal(what)}() cascade`),
    end: async () => {
      await emptyRedis().catch(() => undefined);
      redis.disconnect();
      await database.dropSchema();
      await test.stop();
    },
  };
}

async function play(test: TestHost, player: string, at: string): Promise<void> {
  await test.advanceTo(at);
  const id = sessionId(`${player}-${at}`);
  await test.host.gameplay.startQuiz({ userId: userId(player), sessionId: id });
  await test.host.gameplay.completeQuiz({ sessionId: id, xp: 100 + player.length });
}
