import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  StoreUnavailableError,
  defineJob,
  instant,
  addMs,
  sessionId,
  userId,
  type Instant,
  type JobDefinition,
} from '@gamekeeper/core';
import { engineTokens } from '@gamekeeper/core/ports';
import { describe, expect, it } from 'vitest';
import { KeptLog, memoryHost, noBuiltInJobs, start } from '../test/hosts.ts';
import { resolve } from './wiring.ts';
import type { JobHostOptions } from './host-options.ts';

const noon = instant('2026-11-24T12:00:00Z');

/** A host with one hourly job that keeps the ticks that it ran. */
function hourlyHost(
  change: Partial<Parameters<typeof defineJob>[0]> = {},
  options: Partial<JobHostOptions> = {},
) {
  const ran: Instant[] = [];
  const hourly = defineJob({
    name: 'hourly',
    schedule: { cron: '0 * * * *' },
    batch: async ({ asOf }) => {
      ran.push(asOf);
      return { processed: 1, next: null };
    },
    ...change,
  });
  return { ran, ...memoryHost({ jobOverrides: noBuiltInJobs(), jobs: [hourly], ...options }) };
}

describe('a job that is paused', () => {
  it.each([
    ['every', [0, 1, 2, 3, 4]],
    ['latest', [0, 4]],
    ['none', [0]],
  ] as const)('runs no tick, and after its pause what `%s` says', async (missedTicks, hours) => {
    const { host, clock, ran } = hourlyHost({ missedTicks });
    await host.start();
    await clock.advanceTo(noon);
    await host.pause('hourly');
    await clock.advanceTo(addMs(noon, 4 * HOUR_MS + 5 * MINUTE_MS));
    expect(ran).toEqual([noon]);
    await host.resume('hourly');
    await clock.advanceBy(1);
    expect(ran).toEqual(hours.map((count) => addMs(noon, count * HOUR_MS)));
    await host.stop();
  });

  it('answers a run by hand with `paused`, and does nothing', async () => {
    const { host, clock, ran } = hourlyHost();
    await host.open();
    await clock.advanceTo(noon);
    await host.pause('hourly');
    expect(await host.runNow('hourly')).toEqual({ kind: 'paused' });
    expect(ran).toEqual([]);
    await host.resume('hourly');
    expect(await host.runNow('hourly')).toMatchObject({ kind: 'ran' });
    await host.stop();
  });

  it('is on record as paused, without an alarm, and is given its window anew when it goes on', async () => {
    const { host, clock } = hourlyHost({ lateAfterMs: 65 * MINUTE_MS });
    await host.start();
    await clock.advanceTo(noon);
    await host.pause('hourly');
    await clock.advanceBy(DAY_MS);
    expect((await host.health()).jobs[0]!.verdict).toBe('paused');
    await host.resume('hourly');
    expect((await host.health()).jobs[0]!.verdict).toBe('healthy');
    await host.stop();
  });

  it('goes on within a minute when another instance resumed it', async () => {
    const { host, clock, ran } = hourlyHost();
    await host.start();
    await clock.advanceTo(noon);
    await host.pause('hourly');
    await clock.advanceBy(HOUR_MS);
    await resolve(host.container, engineTokens.jobRegistry).resume('hourly');
    await clock.advanceBy(MINUTE_MS);
    expect(ran).toEqual([noon, addMs(noon, HOUR_MS)]);
    await host.stop();
  });

  it('must exist', async () => {
    const { host } = hourlyHost();
    await host.open();
    await expect(host.pause('daily')).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
    await expect(host.resume('daily')).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
    await host.stop();
  });
});

describe('backfill', () => {
  it('runs the ticks from before the job was known, and passes over what has succeeded', async () => {
    const { host, clock, ran } = hourlyHost();
    await host.open();
    await clock.advanceTo(addMs(noon, HOUR_MS));
    await host.runNow('hourly', { tick: noon });
    const from = addMs(noon, -2 * HOUR_MS);
    const done = await host.backfill('hourly', { from, to: addMs(noon, HOUR_MS) });
    expect(done.map(({ tick, outcome }) => [(tick.getTime() - noon) / HOUR_MS, outcome.kind])).toEqual([
      [-2, 'ran'],
      [-1, 'ran'],
      [0, 'done'],
      [1, 'ran'],
    ]);
    expect(ran.map((tick) => (tick - noon) / HOUR_MS)).toEqual([0, -2, -1, 1]);
    expect(await host.backfill('hourly', { from, to: noon })).toMatchObject([
      { outcome: { kind: 'done' } },
      { outcome: { kind: 'done' } },
      { outcome: { kind: 'done' } },
    ]);
    await host.stop();
  });

  it('runs skipped and failed ticks', async () => {
    let broken = true;
    const { host, clock } = hourlyHost({
      missedTicks: 'latest',
      retry: { maxAttempts: 1 },
      batch: async () => {
        if (broken) throw new Error('broken');
        return { processed: 1, next: null };
      },
    });
    await host.open();
    await clock.advanceTo(addMs(noon, 2 * HOUR_MS));
    await host.runNow('hourly');
    broken = false;
    const done = await host.backfill('hourly', { from: noon, to: addMs(noon, 2 * HOUR_MS) });
    expect(done.map(({ outcome }) => outcome.kind === 'ran' && outcome.report.end)).toEqual([
      'succeeded',
      'succeeded',
      'succeeded',
    ]);
    await host.stop();
  });

  it('never runs a tick whose row was removed', async () => {
    const { host, clock, ran } = hourlyHost({}, { jobOverrides: withRetention() });
    await host.open();
    await clock.advanceTo(noon);
    await host.runNow('hourly');
    await clock.advanceBy(100 * DAY_MS);
    await host.runNow('hourly');
    await host.runNow('retention');
    const before = ran.length;
    expect(await host.backfill('hourly', { from: noon, to: noon })).toMatchObject([
      { outcome: { kind: 'done', status: 'pruned' } },
    ]);
    expect(ran).toHaveLength(before);
    await host.stop();
  });

  it.each([
    ['that ends before it begins', { from: noon, to: addMs(noon, -1) }, 'to'],
    ['that lies ahead', { from: noon, to: addMs(noon, HOUR_MS) }, 'to'],
    ['with too many ticks', { from: addMs(noon, -3_000 * DAY_MS), to: noon }, 'from'],
  ])('refuses a span %s', async (_, span, option) => {
    const { host, clock } = hourlyHost();
    await host.open();
    await clock.advanceTo(noon);
    await expect(host.backfill('hourly', span)).rejects.toMatchObject({ code: 'INVALID_OPTION', option });
    await host.stop();
  });
});

describe('dryRun', () => {
  const player = userId('ada');

  async function playing() {
    const made = memoryHost();
    await made.host.open();
    for (const quiz of ['one', 'two']) {
      await made.host.gameplay.startQuiz({ userId: player, sessionId: sessionId(quiz) });
      await made.clock.advanceBy(1_000);
    }
    return made;
  }

  it('tells what a tick to come would change, with its events, and changes nothing', async () => {
    const { host, clock } = await playing();
    const before = await host.lives.read(player);
    const tick = noon;
    const told = await host.dryRun('session-cleanup', { tick });
    expect(told).toMatchObject({
      job: 'session-cleanup',
      tick: new Date(tick),
      processed: 2,
      complete: true,
    });
    expect(told.events.map(({ occurredAt }) => occurredAt)).toEqual([new Date(tick), new Date(tick)]);
    expect(told.events.map(({ type }) => type)).toEqual(['QuizAbandoned', 'QuizAbandoned']);
    const ahead = { tick: noon + HOUR_MS };
    expect(await host.dryRun('life-regeneration', ahead)).toMatchObject({ processed: 1, events: [] });
    expect(await host.lives.read(player)).toEqual(before);
    expect(await host.dryRun('session-cleanup', { tick })).toEqual(told);
    await clock.advanceTo(tick);
    expect(await host.runNow('session-cleanup', { tick })).toMatchObject({ report: { processed: 2 } });
    await host.stop();
  });

  it('tries no more than it is asked to, and says that there is more', async () => {
    const { host } = await playing();
    const told = await host.dryRun('session-cleanup', { tick: addMs(noon, HOUR_MS), limit: 1 });
    expect(told).toMatchObject({ processed: 1, complete: false });
    await host.stop();
  });

  it('refuses a job that may do more than its transaction holds', async () => {
    const { host } = hourlyHost();
    await host.open();
    await expect(host.dryRun('hourly')).rejects.toMatchObject({ code: 'DRY_RUN_NOT_SUPPORTED' });
    await expect(host.dryRun('hourly', { tick: addMs(noon, 1) })).rejects.toMatchObject({
      code: 'NOT_A_TICK',
    });
    await host.stop();
  });

  it('tells a job that says it heeds it', async () => {
    const seen: boolean[] = [];
    const batch: JobDefinition['batch'] = async ({ dryRun }) => {
      seen.push(dryRun);
      return { processed: 0, next: null };
    };
    const { host, clock } = hourlyHost({ supportsDryRun: true, batch });
    await host.open();
    await clock.advanceTo(noon);
    await host.dryRun('hourly');
    await host.runNow('hourly');
    expect(seen).toEqual([true, false]);
    await host.stop();
  });
});

describe('a store that is away', () => {
  it('costs delay only: no tick is lost, and the log tells of it once', async () => {
    const log = new KeptLog();
    let away = false;
    let tries = 0;
    const batch: JobDefinition['batch'] = async ({ asOf }) => {
      if (away) throw new StoreUnavailableError('PostgreSQL', `try ${(tries += 1)} was refused`);
      ran.push(asOf);
      return { processed: 1, next: null };
    };
    const other = defineJob({ name: 'other', schedule: { cron: '0 * * * *' }, batch });
    const hourly = defineJob({ name: 'hourly', schedule: { cron: '0 * * * *' }, batch });
    const ran: Instant[] = [];
    const { host, clock } = memoryHost({ jobOverrides: noBuiltInJobs(), jobs: [hourly, other], logger: log });
    await host.start();
    await clock.advanceTo(noon);
    away = true;
    await clock.advanceBy(5 * HOUR_MS);
    expect(ran).toHaveLength(2);
    away = false;
    await clock.advanceBy(MINUTE_MS);
    expect(ran).toHaveLength(12);
    const told = log.lines.filter(({ severity }) => severity !== 'debug').map(({ message }) => message);
    expect(told.filter((message) => /blocked|recovered/.test(message))).toEqual([
      'job is blocked, retrying',
      'all jobs have recovered',
    ]);
    expect(clock.timers).toBeLessThan(20);
    await host.stop();
  });
});

function withRetention() {
  const { retention: _retention, ...rest } = noBuiltInJobs();
  return rest;
}

it('prunes what is old every night, as the rules say, and keeps the rest', async () => {
  const { host, clock } = hourlyHost(
    {},
    { jobOverrides: withRetention(), rules: { retention: { runsDays: 2 } } },
  );
  await host.start();
  await clock.advanceTo(addMs(instant(start), 4 * DAY_MS));
  const runs = await host.runs('hourly', { limit: 1_000 });
  const oldest = runs.at(-1)!.tick;
  expect(oldest).toEqual(new Date('2026-11-26T04:00:00Z'));
  expect(runs[0]!.tick).toEqual(new Date('2026-11-28T11:00:00Z'));
  await host.stop();
});
