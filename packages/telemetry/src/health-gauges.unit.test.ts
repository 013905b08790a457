import { verdicts, type HostHealth, type JobHealth, type Verdict, type WithDates } from '@gamekeeper/core';
import { gauge } from '@gamekeeper/core/engine';
import { metricCatalogue } from '@gamekeeper/core/game';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordedMetrics } from '../test/recorded-metrics.ts';
import { healthGauges } from './health-gauges.ts';

const judgedAt = new Date('2026-11-24T12:00:00Z');
const midnight = new Date('2026-11-24T00:00:00Z');

function job(name: string, verdict: Verdict, lagMs: number): WithDates<JobHealth> {
  return { job: name, verdict, lagMs } as WithDates<JobHealth>;
}

function health(changes: Partial<WithDates<HostHealth>> = {}): WithDates<HostHealth> {
  const none = {
    degraded: [],
    alerts: { owed: 0, oldestAgeMs: null },
    outbox: null,
    oldestUnsealed: null,
    oldestUnfinished: null,
    drift: null,
  };
  return { healthy: true, judgedAt, jobs: [], checks: [], ...none, ...changes };
}

describe('the health gauges', () => {
  let recorded: RecordedMetrics;
  beforeEach(() => void (recorded = new RecordedMetrics()));
  afterEach(() => recorded.close());

  const watched = (answer: () => Promise<WithDates<HostHealth>>, timeoutMs?: number) =>
    healthGauges(
      { health: answer },
      { meterProvider: recorded.provider, ...(timeoutMs !== undefined && { timeoutMs }) },
    );

  it('show lag and verdict of every job', async () => {
    watched(async () => health({ jobs: [job('sweep', 'late', 90_500), job('reset', 'healthy', 0)] }));
    const collected = await recorded.collect();
    expect(collected.units).toMatchObject({ 'gamekeeper.job.lag': 's', 'gamekeeper.job.verdict': '' });
    expect(collected.points('gamekeeper.job.lag')).toEqual([
      [{ 'gamekeeper.job': 'sweep' }, 90.5],
      [{ 'gamekeeper.job': 'reset' }, 0],
    ]);
    const shown = collected.points('gamekeeper.job.verdict');
    expect(shown).toHaveLength(2 * verdicts.length);
    expect(shown.filter(([, value]) => value === 1)).toEqual([
      [{ 'gamekeeper.job': 'sweep', 'gamekeeper.verdict': 'late' }, 1],
      [{ 'gamekeeper.job': 'reset', 'gamekeeper.verdict': 'healthy' }, 1],
    ]);
  });

  it('show waiting events and drifted scores', async () => {
    watched(async () =>
      health({
        checks: [
          {
            check: 'outbox',
            verdict: 'unhealthy',
            severity: 'critical',
            text: 'full',
            since: midnight,
            facts: null,
          },
          { check: 'clock', verdict: 'healthy', severity: null, text: null, since: null, facts: {} },
        ],
        oldestUnfinished: {
          board: 'weekly',
          period: '2026-W46',
          sealedAt: midnight,
          isArchived: false,
          ageMs: 90_000,
        },
        outbox: { pending: 7, oldestAgeMs: 2_500, oldestWaitMs: 1_250 },
        oldestUnsealed: { board: 'weekly', period: '2026-W47', endedAt: midnight, ageMs: 60_000 },
        drift: { tick: midnight, repaired: 12 },
      }),
    );
    const collected = await recorded.collect();
    expect(collected.points('gamekeeper.health.known')).toEqual([[{}, 1]]);
    expect(collected.points('gamekeeper.outbox.pending_events')).toEqual([[{}, 7]]);
    expect(collected.points('gamekeeper.outbox.oldest_age')).toEqual([[{}, 2.5]]);
    expect(collected.points('gamekeeper.outbox.oldest_wait')).toEqual([[{}, 1.25]]);
    expect(collected.points('gamekeeper.oldest_unsealed_age')).toEqual([[{}, 60]]);
    expect(collected.points('gamekeeper.oldest_unfinished_age')).toEqual([[{}, 90]]);
    expect(collected.points('gamekeeper.check.healthy')).toEqual([
      [{ 'gamekeeper.check': 'outbox' }, 0],
      [{ 'gamekeeper.check': 'clock' }, 1],
    ]);
    expect(collected.points('gamekeeper.recalculation.drift_members')).toEqual([[{}, 12]]);
  });

  const measured = (skew: number | null) => ({
    health: async () => health(),
    metrics: () => [gauge(metricCatalogue.clockSkew, skew)],
  });

  it('show the clock skew of this host, if it is measured', async () => {
    const { provider: meterProvider } = recorded;
    healthGauges(measured(-2.5), { meterProvider });
    const collected = await recorded.collect();
    expect(collected.points('gamekeeper.clock.skew')).toEqual([[{}, -2.5]]);
    expect(collected.units).toMatchObject({ 'gamekeeper.clock.skew': 's' });
  });

  it('show no skew for a clock that follows no store', async () => {
    const { provider: meterProvider } = recorded;
    healthGauges(measured(null), { meterProvider });
    expect((await recorded.collect()).points('gamekeeper.clock.skew')).toEqual([]);
  });

  it('have no value for a missing bus and a recalculation that never ran', async () => {
    watched(async () => health());
    const collected = await recorded.collect();
    expect(collected.points('gamekeeper.outbox.pending_events')).toEqual([]);
    expect(collected.points('gamekeeper.recalculation.drift_members')).toEqual([]);
    expect(collected.points('gamekeeper.oldest_unsealed_age')).toEqual([[{}, 0]]);
  });

  it.each<[string, () => Promise<WithDates<HostHealth>>]>([
    ['fails', () => Promise.reject(new Error('the database is gone'))],
    [
      'throws at once',
      () => {
        throw new Error('the host is not open');
      },
    ],
    ['does not come', () => new Promise(() => undefined)],
  ])('do not disturb other instruments when the health %s', async (_, answer) => {
    watched(answer, 10);
    recorded.provider.getMeter('a host').createCounter('players').add(5);
    const collected = await recorded.collect();
    expect(collected.points('players')).toEqual([[{}, 5]]);
    expect(collected.points('gamekeeper.job.lag')).toEqual([]);
    expect(collected.points('gamekeeper.health.known')).toEqual([[{}, 0]]);
  });

  it('are read at every collection, until they are stopped', async () => {
    let lagMs = 0;
    const gauges = watched(async () => health({ jobs: [job('sweep', 'healthy', (lagMs += 1_000))] }));
    const lag = async () => (await recorded.collect()).points('gamekeeper.job.lag').map(([, value]) => value);
    expect(await lag()).toEqual([1]);
    expect(await lag()).toEqual([2]);
    gauges.stop();
    await recorded.collect();
    expect(lagMs).toBe(2_000);
  });

  it('reject a host without health, and an invalid timeout', () => {
    expect(() => healthGauges({} as never)).toThrow(expect.objectContaining({ option: 'host' }));
    expect(() => watched(async () => health(), 0)).toThrow(expect.objectContaining({ option: 'timeoutMs' }));
  });
});
