import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { DAY_MS, awardId, defineJob, addMs, sessionId, silentLogger, userId } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OwnRoles } from './own-roles.ts';
import { describeWithPostgres } from './server-suites.ts';

const succeeded = { kind: 'ran', report: { end: 'succeeded' } };
const failed = { kind: 'ran', report: { end: 'failed' } };
/** So that there is something to be told of. */
const flaky = defineJob({
  name: 'flaky',
  schedule: { cron: '0 6 * * *' },
  missedTicks: 'latest',
  retry: { maxAttempts: 1 },
  batch: async () => {
    throw new Error('the shop is closed');
  },
});
const [ada, bob] = [userId('ada'), userId('bob')];

describeWithPostgres('a host whose role has the documented rights and no others', (url) => {
  const roles = new OwnRoles(url);
  const clock = new VirtualClock('2024-11-24T12:00:00Z');
  const told: string[] = [];
  let host: JobHost;

  beforeAll(async () => {
    await roles.open({ isNew: true });
    const owner = roles.database(roles.owner);
    await owner.open();
    await owner.close();
    await roles.runDocumented('-- read-only tables');
    host = createJobHost({
      modules: [
        postgresAdapters({ url: roles.url(roles.app), schema: roles.schema, migrate: false }),
        cronerScheduler(),
      ],
      clock,
      logger: silentLogger,
      health: { alerts: [{ channel: { name: 'chat', send: async ({ text }) => void told.push(text) } }] },
      jobs: [flaky],
      rules: {
        leaderboards: { sealGraceSeconds: 0 },
        retention: { runsDays: 1, failedItemsDays: 1, alertsDays: 1, spendKeysDays: 1 },
      },
    });
    await host.open();
  });
  afterAll(async () => {
    await host.stop();
    await roles.close();
  });

  it('is set up', async () => {
    const findings = await host.checkSetup();
    expect(findings.map(({ module, subject, status }) => `${module}: ${subject} ${status}`)).toEqual([
      'postgresAdapters: connection ok',
      'postgresAdapters: schema ok',
      'postgresAdapters: grants ok',
    ]);
  });

  it('plays', async () => {
    const quiz = { userId: ada, sessionId: sessionId('quiz-1'), username: 'Ada' };
    expect(await host.gameplay.startQuiz(quiz)).toMatchObject({ ok: true });
    expect(await host.gameplay.completeQuiz({ sessionId: quiz.sessionId, xp: 120 })).toMatchObject({
      ok: true,
    });
    await host.gameplay.startQuiz({ userId: bob, sessionId: sessionId('quiz-2'), username: 'Bob' });
    await host.gameplay.awardXp({ userId: bob, awardId: awardId('award-1'), amount: 50 });
    await host.gameplay.grantProtection(ada);
    await host.lives.spend(ada, { idempotencyKey: 'shop-1' });
    await host.gameplay.startQuiz({ userId: ada, sessionId: sessionId('quiz-3'), username: 'Ada L.' });
    const { standings } = await host.leaderboards.top('weekly', { limit: 10 });
    expect(standings.map(({ username, score }) => [username, score])).toEqual([
      ['Ada L.', 120],
      ['Bob', 50],
    ]);
  });

  it('runs every job, tries it first, and does so again after a pause, until all that is old is removed', async () => {
    // Over the ends of two weeks and of a month.
    for (const days of [1, 7, 1]) {
      clock.jumpTo(addMs(clock.now(), days * DAY_MS));
      for (const { job } of host.jobs) {
        if (job.supportsDryRun) await host.dryRun(job.name);
        await host.pause(job.name);
        const paused = await host.runNow(job.name);
        await host.resume(job.name);
        const outcome = await host.runNow(job.name);
        if (outcome.kind === 'done') expect(outcome.status).toBe('succeeded');
        else
          expect([paused, outcome]).toMatchObject([
            { kind: 'paused' },
            job.name === flaky.name ? failed : succeeded,
          ]);
      }
    }
    for (const board of ['weekly', 'monthly'] as const) {
      expect((await host.leaderboards.periods(board)).length).toBeGreaterThan(1);
    }
    const today = { from: addMs(clock.now(), -DAY_MS), to: clock.now() };
    const ticks = await host.backfill('session-cleanup', today);
    expect(ticks.length).toBeGreaterThan(20);
    expect((await host.health()).jobs.length).toBe(host.jobs.length);
  });

  it('has written events, and alerts that are owed', async () => {
    const [{ events } = {}] = await roles.run(`select count(*)::int as events from "${roles.schema}".outbox`);
    expect(events).toBeGreaterThan(2);
    const [{ alerts } = {}] = await roles.run(`select count(*)::int as alerts from "${roles.schema}".alerts`);
    expect(alerts).toBeGreaterThan(0);
  });
});
