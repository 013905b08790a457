import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';
import { firstBatchSize, nextBatchSize } from './batch-size.ts';
import { defineJob } from './job-definition.ts';

const valid = {
  name: 'daily-digest',
  schedule: { cron: '0 7 * * *' },
  batch: async () => ({ processed: 0, next: null }),
};

describe('defineJob', () => {
  it('fills in what a job usually wants', () => {
    expect(defineJob(valid)).toMatchObject({
      missedTicks: 'every',
      catchUpWindowMs: 35 * 86_400_000,
      lateAfterMs: null,
      failing: { consecutiveFailures: 1, failureRate: 0.5, sampleSize: 10 },
      retry: { maxAttempts: 5 },
      timeoutMs: 3_600_000,
      maxFailureRate: 0.05,
    });
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
  ])('refuses %j by name', (change, option) => {
    expect(() => defineJob({ ...valid, ...change })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    );
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
