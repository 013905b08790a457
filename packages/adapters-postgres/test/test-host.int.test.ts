import { iso, userId } from '@gamekeeper/core';
import { testHost } from '@gamekeeper/testkit/host';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresDatabase, postgresAdapters, type PostgresOptions } from '../src/index.ts';
import { testSchema } from './postgres-harness.ts';

const now = '2026-11-20T10:00:00Z';

describe('a host for tests on the embedded database', () => {
  it('refuses a database whose clock cannot be pinned', async () => {
    const modules = [postgresAdapters({ memory: true })];
    await expect(testHost({ now, modules })).rejects.toMatchObject({ code: 'STORE_CLOCK_RUNS' });
  });

  fiveDays({ memory: true, pinnableClock: true });
});

describeWithPostgres('a host for tests on a server', (url) => {
  const options = { url, schema: testSchema(), pinnableClock: true };
  const database = new PostgresDatabase(options);
  beforeAll(() => database.open());
  afterAll(async () => {
    await database.dropSchema();
    await database.close();
  });

  fiveDays(options);

  it('lets the database’s clock run again when it stops', async () => {
    const test = await testHost({ now, modules: [postgresAdapters(options)] });
    const pins = () =>
      database.orm.em
        .fork()
        .getConnection()
        .execute(`select pinned_at from "${options.schema}".pinned_clock`);
    expect(await pins()).toHaveLength(1);
    await test.stop();
    expect(await pins()).toEqual([]);
  });
});

function fiveDays(options: PostgresOptions): void {
  it('runs every tick of five days at its own instant, and loses no event', async () => {
    await using test = await testHost({ now, modules: [postgresAdapters(options)] });
    const { host } = test;
    const quiz = await host.gameplay.startQuiz({ userId: userId('ada') });
    if (quiz.ok) await host.gameplay.completeQuiz({ sessionId: quiz.session.id, xp: 10 });
    await host.gameplay.startQuiz({ userId: userId('bob') });
    await test.advance({ days: 5 });

    expect(test.events.map(({ type, occurredAt }) => `${type} ${iso(occurredAt).slice(0, 16)}`)).toEqual([
      'LivesRefilled 2026-11-20T10:30',
      'LivesRefilled 2026-11-20T10:30',
      'QuizAbandoned 2026-11-20T11:00',
      'StreakProtected 2026-11-23T00:00',
      'LeaderboardReset 2026-11-23T00:00',
      'StreakProtected 2026-11-24T00:00',
      'StreakBroken 2026-11-25T00:00',
    ]);
    for (const [job, ticks, delayMs] of [
      ['life-regeneration', 241, 0],
      ['session-cleanup', 121, 0],
      ['streak-update', 5, 0],
      ['leaderboard-reset-weekly', 1, 10_000],
    ] as const) {
      const runs = await host.runs(job, { limit: 1_000 });
      expect(runs.map(({ status }) => status)).toEqual(Array(ticks).fill('succeeded'));
      expect(new Set(runs.map(({ tick, finishedAt }) => finishedAt!.getTime() - tick.getTime()))).toEqual(
        new Set([delayMs]),
      );
    }
    expect(await host.outboxLag()).toMatchObject({ pending: 0 });
    expect((await host.health()).jobs.filter(({ verdict }) => verdict !== 'healthy')).toEqual([]);
  }, 120_000);
}
