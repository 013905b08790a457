import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';
import { firstBatchSize, nextBatchSize } from './batch-size.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time/instant.ts';
import { defineJob, type JobOptions } from './job-definition.ts';
import { overridableJobOptions } from './job-shape.ts';

const valid = {
  name: 'daily-digest',
  schedule: { cron: '0 7 * * *' },
  batch: async () => ({ processed: 0, next: null }),
};

describe('defineJob', () => {
  it('fills in what a job usually wants', () => {
    expect(defineJob(valid)).toEqual({
      ...valid,
      missedTicks: 'every',
      maxShards: 1,
      appliedOnDemand: false,
      catchUpWindowMs: 35 * DAY_MS,
      delayMs: 0,
      lateAfterMs: null,
      failing: { consecutiveFailures: 1, failureRate: 0.5, sampleSize: 10 },
      maxBatchSize: 50_000,
      targetBatchMs: 100,
      retry: { maxAttempts: 5, initialDelayMs: 500, maxDelayMs: 30_000 },
      retryRun: null,
      timeoutMs: HOUR_MS,
      maxFailureRate: 0.05,
      supportsDryRun: false,
    });
    expect(defineJob({ ...valid, retryRun: { maxAttempts: 3 } }).retryRun).toEqual({
      maxAttempts: 3,
      initialDelayMs: 5_000,
      maxDelayMs: 5 * MINUTE_MS,
    });
  });

  it('keeps what the job says, and may be called with its own result', () => {
    const said = {
      ...valid,
      schedule: { cron: '0 7 * * *', timeZone: 'Europe/Berlin' },
      missedTicks: 'latest' as const,
      catchUpWindowMs: 1,
      delayMs: 2,
      lateAfterMs: 3,
      maxBatchSize: 4,
      targetBatchMs: 5,
      retry: { maxAttempts: 6, initialDelayMs: 7, maxDelayMs: 8 },
      retryRun: { maxAttempts: 9, initialDelayMs: 10, maxDelayMs: 11 },
      timeoutMs: 12,
      maxFailureRate: 1,
      supportsDryRun: true,
      items: async () => [],
      isIdle: async () => false,
    };
    expect(defineJob(said)).toMatchObject(said);
    const defined = defineJob({ ...valid, lateAfterMs: 1 });
    expect(defineJob(defined as unknown as JobOptions)).toEqual(defined);
  });

  it.each([
    ['catchUpWindowMs', 1, 10 * 366 * DAY_MS],
    ['delayMs', 0, 10 * 366 * DAY_MS],
    ['lateAfterMs', 1, 10 * 366 * DAY_MS],
    ['timeoutMs', 1, 10 * 366 * DAY_MS],
    ['maxBatchSize', 1, 1_000_000],
    ['targetBatchMs', 1, MINUTE_MS],
    ['retry.maxAttempts', 1, 1_000],
    ['retry.initialDelayMs', 1, DAY_MS],
    ['retry.maxDelayMs', 1, DAY_MS],
    ['retryRun.maxAttempts', 1, 1_000],
  ])('accepts %s from %d to %d and no other number', (option, min, max) => {
    const [outer, inner] = option.split('.') as [string, string | undefined];
    const withValue = (value: number) =>
      defineJob({ ...valid, [outer]: inner === undefined ? value : { [inner]: value } });
    for (const value of [min, max]) expect(() => withValue(value)).not.toThrow();
    for (const value of [min - 1, max + 1, min + 0.5])
      expect(() => withValue(value)).toThrow(
        `Option daily-digest.${option} must be a whole number from ${min} to ${max}`,
      );
  });

  it('lets a job whose ticks players apply run every tick, however old, and refuses what says otherwise', () => {
    const applied = { ...valid, appliedOnDemand: true };
    expect(defineJob(applied)).toMatchObject({ missedTicks: 'every', catchUpWindowMs: Infinity });
    for (const missedTicks of ['latest', 'none'] as const)
      expect(() => defineJob({ ...applied, missedTicks })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION', option: 'daily-digest.missedTicks' }),
      );
    expect(() => defineJob({ ...applied, catchUpWindowMs: 86_400_000 })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: 'daily-digest.catchUpWindowMs' }),
    );
  });

  it.each([
    [{ name: 'Daily Digest' }, 'job.name'],
    [{ name: '' }, 'job.name'],
    [{ missedTicks: 'some' as 'every' }, 'daily-digest.missedTicks'],
    [{ catchUpWindowMs: -1 }, 'daily-digest.catchUpWindowMs'],
    [{ lateAfterMs: 0 }, 'daily-digest.lateAfterMs'],
    [{ maxBatchSize: 0 }, 'daily-digest.maxBatchSize'],
    [{ targetBatchMs: 0 }, 'daily-digest.targetBatchMs'],
    [{ timeoutMs: 0 }, 'daily-digest.timeoutMs'],
    [{ maxFailureRate: 1.01 }, 'daily-digest.maxFailureRate'],
    [{ maxFailureRate: -0.01 }, 'daily-digest.maxFailureRate'],
    [{ maxFailureRate: '5 %' as unknown as number }, 'daily-digest.maxFailureRate'],
    [{ failing: { consecutiveFailures: 0 } }, 'daily-digest.failing.consecutiveFailures'],
    [{ failing: { failureRate: 2 } }, 'daily-digest.failing.failureRate'],
    [{ failing: { sampleSize: 21 } }, 'daily-digest.failing.sampleSize'],
    [{ retry: { maxAttempts: 0 } }, 'daily-digest.retry.maxAttempts'],
    [{ retryRun: { maxAttempts: 0 } }, 'daily-digest.retryRun.maxAttempts'],
    [{ retryRun: 5 as never }, 'daily-digest.retryRun'],
    [{ retry: { attempts: 3 } }, 'daily-digest.retry.attempts'],
    [{ retryRun: { attempts: 3 } as never }, 'daily-digest.retryRun.attempts'],
    [{ failing: { rate: 1 } as never }, 'daily-digest.failing.rate'],
    [{ every: 5 }, 'daily-digest.every'],
    [{ timeoutMs: null as unknown as number }, 'daily-digest.timeoutMs'],
    [{ retry: null as unknown as object }, 'daily-digest.retry'],
    [{ schedule: undefined as never }, 'daily-digest.schedule'],
    [{ schedule: '0 7 * * *' as never }, 'daily-digest.schedule'],
    [{ schedule: { cron: '' } }, 'daily-digest.schedule.cron'],
    [{ schedule: {} as never }, 'daily-digest.schedule.cron'],
    [{ schedule: { cron: '0 7 * * *', zone: 'UTC' } as never }, 'daily-digest.schedule.zone'],
    [{ schedule: { at: 'tomorrow' } }, 'daily-digest.schedule.at'],
    [{ schedule: { at: NaN } }, 'daily-digest.schedule.at'],
    [{ schedule: { at: 0, timeZone: 'UTC' } as never }, 'daily-digest.schedule.timeZone'],
    [{ maxShards: 2 }, 'daily-digest.maxShards'],
    [{ shards: async () => ({ parts: [] }), maxShards: 1_001 }, 'daily-digest.maxShards'],
    [{ shards: async () => ({ parts: [] }), maxShards: 0 }, 'daily-digest.maxShards'],
    [{ supportsDryRun: 'yes' as never }, 'daily-digest.supportsDryRun'],
    [{ appliedOnDemand: 1 as never }, 'daily-digest.appliedOnDemand'],
    [{ items: [] as never }, 'daily-digest.items'],
    [{ isIdle: true as never }, 'daily-digest.isIdle'],
    [{ batch: undefined as never }, 'daily-digest.batch'],
  ])('refuses %j by name', (change, option) => {
    expect(() => defineJob({ ...valid, ...change })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    );
  });

  it('accepts an instant as the schedule of a job that runs once', () => {
    for (const at of ['2026-12-24T18:00:00+01:00', new Date('2026-12-24T17:00:00Z'), 1_798_131_600_000])
      expect(defineJob({ ...valid, schedule: { at } }).schedule).toEqual({
        cron: '@at 2026-12-24T17:00:00.000Z',
      });
  });

  it('divides a job with shards into at most 16, unless it says otherwise, and into one if a host says so', () => {
    const divisible = { ...valid, shards: async () => ({ parts: [] }) };
    expect(defineJob(divisible).maxShards).toBe(16);
    for (const maxShards of [1, 2, 1_000])
      expect(defineJob({ ...divisible, maxShards }).maxShards).toBe(maxShards);
    expect(defineJob({ ...valid, maxShards: 1 }).maxShards).toBe(1);
  });

  it('refuses what is no definition, and says what a job has', () => {
    expect(() => defineJob(undefined as never)).toThrow(
      /^Option job must be an object with name, schedule and batch/,
    );
  });

  it('lets a host override everything but what only the job itself knows', () => {
    const names = [
      ...overridableJobOptions,
      'name',
      'appliedOnDemand',
      'supportsDryRun',
      'items',
      'isIdle',
      'batch',
    ];
    const all = { ...defineJob(valid), items: async () => [], isIdle: async () => false };
    expect(names.toSorted()).toEqual(Object.keys(all).toSorted());
  });
});

describe('the size of batches', () => {
  it('grows while batches are quick, shrinks when they are slow, and stays within bounds', () => {
    const aims = { targetBatchMs: 100, maxBatchSize: 50_000 };
    expect(firstBatchSize(500)).toBe(500);
    expect(nextBatchSize(2_000, 10, aims)).toBe(4_000);
    expect(nextBatchSize(2_000, 100, aims)).toBe(2_000);
    expect(nextBatchSize(2_000, 5_000, aims)).toBe(1_000);
    expect(nextBatchSize(40_000, 0, aims)).toBe(50_000);
    expect(nextBatchSize(1, 60_000, aims)).toBe(1);
    expect(nextBatchSize(2_000, 500, { ...aims, targetBatchMs: 1_000 })).toBe(4_000);
  });
});

describe('backoffMs', () => {
  it('doubles up to the maximum and is shortened by up to half', () => {
    const policy = { initialDelayMs: 100, maxDelayMs: 1_000 };
    expect([2, 3, 4, 5, 6, 100].map((attempt) => backoffMs(policy, attempt, 0))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
    expect(backoffMs(policy, 3, 0.999_999)).toBe(100);
  });
});
