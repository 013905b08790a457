import { IntervalSchedule, MemoryDatabase, VirtualClock, memoryJobPorts } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS, addMs, instant } from '../time/instant.ts';
import type { Courier } from './courier.ts';
import { courierCheck, courierLimits, type CourierLimits } from './courier-check.ts';
import { defineJob, registrationOf } from './job-definition.ts';

const start = instant('2026-11-24T00:10:00Z');
const leaseMs = 15_000;

async function world(courier: Pick<Courier, 'waiting'> = { waiting: async () => 3 }) {
  const clock = new VirtualClock(start);
  const ports = memoryJobPorts(new MemoryDatabase(clock));
  const batch = async () => ({ processed: 0, next: null });
  const shards = async () => ({ parts: [1, 2, 3] });
  const job = defineJob({ name: 'sweep', schedule: { cron: '0 * * * *' }, shards, batch });
  const jobs = [{ job, schedule: new IntervalSchedule(60) }];
  await ports.jobRegistry.register(
    jobs.map((one) => registrationOf(one.job)),
    clock.now(),
  );
  const check = courierCheck(courier, { jobs, ports, clock, ...courierLimits('health.courier') });
  return { clock, ports, judge: () => check.judge(clock.now()) };
}

const claimOf = (at: string) => ({ job: 'sweep', tick: instant(at), instanceId: 'one', leaseMs });

describe('courierCheck', () => {
  it('is healthy while nothing is due, and while somebody works', async () => {
    const { clock, ports, judge } = await world();
    const idle = { waiting: 3, dueRuns: 0, dueShards: 0, stuckShards: 0, longestWaitMs: null, workers: [] };
    expect(await judge()).toEqual({ facts: idle, finding: null });
    await clock.advanceTo('2026-11-24T01:00:00Z');
    await ports.ledger.claim(claimOf('2026-11-24T01:00:00Z'));
    await clock.advanceBy(leaseMs - 1);
    expect(await judge()).toEqual({
      facts: { ...idle, workers: [{ instance: 'one', lastAttemptAt: '2026-11-24T01:00:00.000Z' }] },
      finding: null,
    });
  });

  it('reports a run that nobody has begun, after five minutes', async () => {
    const { clock, judge } = await world();
    await clock.advanceTo('2026-11-24T01:05:00Z');
    expect(await judge()).toMatchObject({
      facts: { dueRuns: 1, longestWaitMs: 5 * MINUTE_MS },
      finding: null,
    });
    await clock.advanceBy(1);
    const { finding } = await judge();
    expect(finding).toMatchObject({ severity: 'critical', since: instant('2026-11-24T01:00:00Z') });
    expect(finding!.text).toMatch(
      /^1 runs and 0 shards are due and nobody works on them, the first for 5 min/,
    );
  });

  it('reports shards whose leases have ended, since then', async () => {
    const { clock, ports, judge } = await world();
    await clock.advanceTo('2026-11-24T01:00:00Z');
    const run = claimOf('2026-11-24T01:00:00Z');
    const outcome = await ports.ledger.claim(run);
    if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
    await ports.shardLedger.divide(outcome.claim, { parts: [1, 2, 3], next: null });
    const shard = await ports.shardLedger.claim({ ...run, index: 1 });
    if (shard.kind !== 'claimed') throw new Error(shard.kind);
    await ports.shardLedger.end(shard.claim, { processed: 1, failedItems: 0, error: null }, leaseMs);
    await ports.shardLedger.claim({ ...run, index: 0 });
    await clock.advanceBy(10 * MINUTE_MS);
    const { facts, finding } = await judge();
    expect(facts).toMatchObject({ dueRuns: 0, dueShards: 2 });
    expect(finding?.text).toMatch(/^0 runs and 2 shards are due/);
    expect(finding!.since).toBeLessThanOrEqual(addMs(run.tick, leaseMs));
  });

  it('reports a shard that does not end, although somebody works on it', async () => {
    const { clock, ports, judge } = await world();
    await clock.advanceTo('2026-11-24T01:00:00Z');
    const run = claimOf('2026-11-24T01:00:00Z');
    const outcome = await ports.ledger.claim(run);
    if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
    await ports.shardLedger.divide(outcome.claim, { parts: [1, 2, 3], next: null });
    const ended = await ports.shardLedger.claim({ ...run, index: 0 });
    if (ended.kind !== 'claimed') throw new Error(ended.kind);
    await ports.shardLedger.end(ended.claim, { processed: 1, failedItems: 0, error: null }, leaseMs);
    await ports.shardLedger.claim({ ...run, index: 1 });
    await clock.advanceBy(MINUTE_MS);
    await ports.shardLedger.claim({ ...run, index: 1, instanceId: 'two', leaseMs: 5 * HOUR_MS });
    await ports.shardLedger.claim({ ...run, index: 2, instanceId: 'three', leaseMs: 5 * HOUR_MS });

    const late = addMs(run.tick, HOUR_MS + 30_000);
    await clock.advanceTo(late);
    expect(await judge()).toMatchObject({ facts: { stuckShards: 0 }, finding: null });
    await clock.advanceBy(1);
    expect(await judge()).toEqual({
      facts: {
        waiting: 3,
        dueRuns: 0,
        dueShards: 0,
        stuckShards: 1,
        longestWaitMs: null,
        workers: [
          { instance: 'three', lastAttemptAt: '2026-11-24T01:01:00.000Z' },
          { instance: 'one', lastAttemptAt: '2026-11-24T01:00:00.000Z' },
          { instance: 'two', lastAttemptAt: '2026-11-24T01:00:00.000Z' },
        ],
      },
      finding: {
        severity: 'critical',
        text: 'shard 1 of sweep at 2026-11-24T01:00:00.000Z has not ended in the time of an attempt, after 2 attempts, the last by two',
        since: late,
      },
    });
    await clock.advanceBy(MINUTE_MS);
    expect((await judge()).finding!.text).toMatch(/the last by two \(and 1 others\)$/);
  });

  it.each<[string, Pick<Courier, 'waiting'>]>([
    ['cannot count', {}],
    ['is away', { waiting: () => Promise.reject(new Error('no connection')) }],
  ])('does not know how many items wait if the courier %s', async (_name, courier) => {
    const { judge } = await world(courier);
    expect(await judge()).toMatchObject({ facts: { waiting: null }, finding: null });
  });

  it('does not wait for a courier that does not answer', async () => {
    const { clock, judge } = await world({ waiting: () => new Promise(() => undefined) });
    const judged = judge();
    await clock.advanceBy(2_000);
    expect(await judged).toMatchObject({ facts: { waiting: null }, finding: null });
  });

  it.each([0, 1.5, -1, '5 min', null])('refuses the limit %j', (maxWaitMs) => {
    expect(() => courierLimits('health.courier', { maxWaitMs } as unknown as CourierLimits)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: 'health.courier.maxWaitMs' }),
    );
  });
});
