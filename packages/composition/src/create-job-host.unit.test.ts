import { InvalidOptionError, defineJob, type JobDefinition, type Logger } from '@gamekeeper/core';
import { engineTokens, provide } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { memoryAdapters } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { tracedModule } from '../test/hosts.ts';
import { createJobHost } from './create-job-host.ts';
import type { JobHostOptions } from './host-options.ts';

const digest = defineJob({
  name: 'daily-digest',
  schedule: { cron: '0 7 * * *', timeZone: 'Europe/Berlin' },
  retry: { maxAttempts: 9 },
  batch: async () => ({ processed: 0, next: null }),
});

const loggerWithoutDebug = provide(
  engineTokens.logger,
  [],
  () => ({ info: () => undefined, warn: () => undefined, error: () => undefined }) as unknown as Logger,
);

describe('createJobHost refuses', () => {
  it.each<[string, unknown, string, string]>([
    [
      'a cron that never fires',
      { jobOverrides: { 'life-regeneration': { schedule: { cron: '0 0 31 2 *' } } } },
      'life-regeneration.schedule',
      '0 0 31 2 *',
    ],
    [
      'a cron that cannot be read',
      { jobs: [{ ...digest, schedule: { cron: '61 * * * *' } }] },
      'daily-digest.schedule',
      '61 * * * *',
    ],
    [
      'an unknown zone',
      { jobs: [{ ...digest, schedule: { cron: '0 7 * * *', timeZone: 'Europe/Atlantis' } }] },
      'daily-digest.schedule',
      'Europe/Atlantis',
    ],
    [
      'a schedule in place of whose object there is text',
      { jobs: [{ ...digest, schedule: '0 7 * * *' }] },
      'daily-digest.schedule',
      '0 7 * * *',
    ],
    ['negative minutes', { rules: { lives: { regenMinutes: -30 } } }, 'rules.lives.regenMinutes', '-30'],
    ['no lives at all', { rules: { lives: { maxLives: 0 } } }, 'rules.lives.maxLives', '0'],
    ['half a life', { rules: { lives: { maxLives: 2.5 } } }, 'rules.lives.maxLives', '2.5'],
    [
      'settings of a job that there is not',
      { jobOverrides: { 'life-regenaration': { enabled: false } } },
      'jobOverrides',
      'life-regenaration',
    ],
    [
      'a built-in job that would run once',
      { jobOverrides: { 'streak-update': { schedule: { at: '2026-12-24T18:00:00Z' } } } },
      'jobOverrides.streak-update.schedule',
      'only a job of your own may run once',
    ],
    [
      'a yearly reset of weeks',
      { jobOverrides: { 'leaderboard-reset-weekly': { schedule: { cron: '0 4 1 1 *' } } } },
      'jobOverrides.leaderboard-reset-weekly.schedule',
      'after the end of each period and before the next one ends',
    ],
    [
      'a weekly reset of days',
      {
        boards: [{ key: 'daily', period: 'day' }],
        jobOverrides: { 'leaderboard-reset-daily': { schedule: { cron: '0 4 * * 1' } } },
      },
      'jobOverrides.leaderboard-reset-daily.schedule',
      '0 4 * * 1',
    ],
    [
      'a reset of months on the 31st',
      { jobOverrides: { 'leaderboard-reset-monthly': { schedule: { cron: '0 4 31 * *' } } } },
      'jobOverrides.leaderboard-reset-monthly.schedule',
      'not be closed by',
    ],
    ['two jobs of one name', { jobs: [digest, digest] }, 'jobs', 'daily-digest'],
    [
      'a job by the name of a built-in one',
      { jobs: [{ ...digest, name: 'life-regeneration' }] },
      'jobs',
      'life-regeneration',
    ],
    ['a job’s name with blanks', { jobs: [{ ...digest, name: 'Daily digest' }] }, 'job.name', 'Daily digest'],
    ['a misspelt option', { sheduler: {} }, 'sheduler', 'modules, rules, boards'],
    ['a misspelt group of rules', { rules: { live: {} } }, 'rules.live', 'lives'],
    ['a misspelt rule', { rules: { lives: { regenMinuts: 30 } } }, 'rules.lives.regenMinuts', 'regenMinutes'],
    ['a misspelt option of the engine', { engine: { leaseMS: 15_000 } }, 'engine.leaseMS', 'leaseMs'],
    [
      'a misspelt setting',
      { jobOverrides: { 'life-regeneration': { enable: false } } },
      'jobOverrides.life-regeneration.enable',
      'enabled',
    ],
    [
      'a misspelt setting of failures',
      { jobOverrides: { 'life-regeneration': { failing: { row: 3 } } } },
      'jobOverrides.life-regeneration.failing.row',
      'consecutiveFailures',
    ],
    [
      'a misspelt setting of retries',
      { jobOverrides: { 'life-regeneration': { retry: { tries: 3 } } } },
      'jobOverrides.life-regeneration.retry.tries',
      'maxAttempts',
    ],
    [
      'settings that turn a job off by text',
      { jobOverrides: { 'life-regeneration': { enabled: 'false' } } },
      'jobOverrides.life-regeneration.enabled',
      '"false"',
    ],
    [
      'an unknown way with missed ticks',
      { jobOverrides: { 'life-regeneration': { missedTicks: 'all' } } },
      'life-regeneration.missedTicks',
      '"all"',
    ],
    [
      'missed ticks that players apply all the same, passed over',
      { jobOverrides: { 'streak-update': { missedTicks: 'latest' } } },
      'streak-update.missedTicks',
      '"latest"',
    ],
    [
      'a bound on the age of ticks that players apply however old they are',
      { jobOverrides: { 'life-regeneration': { catchUpWindowMs: 86_400_000 } } },
      'life-regeneration.catchUpWindowMs',
      '86400000',
    ],
    ['a lease too short to be renewed', { engine: { leaseMs: 10 } }, 'engine.leaseMs', '10'],
    ['a lease in text', { engine: { leaseMs: '15s' } }, 'engine.leaseMs', '"15s"'],
    ['a negative deadline', { engine: { shutdownTimeoutMs: -1 } }, 'engine.shutdownTimeoutMs', '-1'],
    ['an instance without a name', { instanceId: '' }, 'instanceId', '""'],
    ['a module that was not called', { modules: [cronerScheduler] }, 'modules[0]', 'a function; call it'],
    [
      'a logger of a module that lacks a level',
      { modules: [memoryAdapters(), cronerScheduler(), { name: 'log', bindings: [loggerWithoutDebug] }] },
      'logger',
      'an object without the method debug',
    ],
    ['a job that is none', { jobs: [null] }, 'jobs[0]', 'null'],
    [
      'settings of a job that are none',
      { jobOverrides: { 'streak-update': null } },
      'jobOverrides.streak-update',
      'null',
    ],
    ['modules that are no list', { modules: memoryAdapters() }, 'modules', 'cronerScheduler()'],
  ])('%s', (_, options, option, shown) => {
    const trace: string[] = [];
    const error = refusal({
      modules: [tracedModule('traced', trace), memoryAdapters(), cronerScheduler()],
      ...(options as Partial<JobHostOptions>),
    });
    expect(error).toMatchObject({ code: 'INVALID_OPTION', option });
    expect(/^(?:Option|Unknown option) ([^ ;]+)/.exec(error.message)?.[1]).toBe(option);
    expect(error.message).toContain(shown);
    expect(trace).toEqual([]);
  });
});

describe('createJobHost', () => {
  it('has the built-in jobs by default', () => {
    expect(jobsOf({})).toContainEqual(
      expect.objectContaining({ name: 'life-regeneration', schedule: { cron: '*/30 * * * *' } }),
    );
  });

  it.each([
    ['leaderboard-reset-weekly', { cron: '0 4 * * 1' }],
    ['leaderboard-reset-weekly', { cron: '0 0 * * 1', timeZone: 'Europe/Berlin' }],
    ['leaderboard-reset-weekly', { cron: '0 4 * * *' }],
    ['leaderboard-reset-monthly', { cron: '30 5 L * *' }],
    ['leaderboard-reset-monthly', { cron: '0 4 * * 1' }],
  ])(
    'takes schedules on which %s closes every period before the next one has ended: %j',
    (name, schedule) => {
      const modules = [memoryAdapters(), cronerScheduler()];
      const host = createJobHost({ modules, jobOverrides: { [name]: { schedule } } });
      expect(host.jobs.find(({ job }) => job.name === name)?.schedule.cron).toBe(schedule.cron);
    },
  );

  it('asks nothing of the schedule of a reset that is left out', () => {
    const settings = {
      'leaderboard-reset-weekly': { enabled: false, schedule: { cron: '0 4 1 1 *' } },
    };
    const host = createJobHost({ modules: [memoryAdapters(), cronerScheduler()], jobOverrides: settings });
    expect(host.jobs.map(({ job }) => job.name)).not.toContain('leaderboard-reset-weekly');
  });

  it('changes of a job what its settings name, and nothing else', () => {
    const jobs = jobsOf({
      jobs: [digest],
      jobOverrides: { 'daily-digest': { schedule: { cron: '30 6 * * *' }, retry: { initialDelayMs: 50 } } },
    });
    expect(jobs.find(({ name }) => name === 'daily-digest')).toEqual({
      ...digest,
      schedule: { cron: '30 6 * * *' },
      retry: { ...digest.retry, initialDelayMs: 50 },
    });
  });
});

function jobsOf(options: Partial<JobHostOptions>): readonly JobDefinition[] {
  const modules = [memoryAdapters(), cronerScheduler()];
  return createJobHost({ modules, ...options }).jobs.map(({ job }) => job);
}

function refusal(options: JobHostOptions): InvalidOptionError {
  try {
    createJobHost(options);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError);
    return error as InvalidOptionError;
  }
  throw new Error('it was accepted');
}
