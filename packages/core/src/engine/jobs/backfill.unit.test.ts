import { IntervalSchedule, VirtualClock, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS, addMs, instant, type Instant } from '../time/instant.ts';
import { defineJob, type JobOptions } from './job-definition.ts';
import { JobEngine } from './job-engine.ts';
import { combineObservers } from './run-observer.ts';
import { TimerScheduler } from './timer-scheduler.ts';

const start = instant('2026-11-24T00:00:00Z');
const hour = (count: number): Instant => addMs(start, count * HOUR_MS);

/** An engine with an hourly job that was registered at midnight; the ticks that ran are written down. */
async function world(options: Partial<JobOptions> = {}) {
  const clock = new VirtualClock(start);
  const store = memoryStore(clock);
  const ran: number[] = [];
  const batch: JobOptions['batch'] = async ({ asOf }) => {
    ran.push((asOf - start) / HOUR_MS);
    return { processed: 1, next: null };
  };
  const engine = new JobEngine({
    ...store,
    jobs: [
      {
        job: defineJob({ name: 'sweep', schedule: { cron: '0 * * * *' }, batch, ...options }),
        schedule: new IntervalSchedule(60),
      },
    ],
    instanceId: 'one',
    clock,
    leaseMs: 15_000,
    scheduler: new TimerScheduler(clock),
    random: () => 0,
    observer: combineObservers([]),
  });
  await engine.register();
  const backfill = async (from: Instant, to: Instant) =>
    (await engine.backfill('sweep', { from, to })).map(({ tick, outcome }) => [
      (tick - start) / HOUR_MS,
      outcome.kind,
    ]);
  return { clock, store, engine, ran, backfill };
}

describe('backfill', () => {
  it('runs every tick of the range, both ends included, oldest first, also from before the job was known', async () => {
    const { clock, ran, backfill } = await world();
    await clock.advanceTo(hour(1));
    expect(await backfill(hour(-2), hour(1))).toEqual([-2, -1, 0, 1].map((tick) => [tick, 'ran']));
    expect(ran).toEqual([-2, -1, 0, 1]);
  });

  it('passes over ticks that have succeeded', async () => {
    const { clock, ran, backfill } = await world();
    await clock.advanceTo(hour(2));
    await backfill(hour(1), hour(1));
    expect(await backfill(hour(0), hour(2))).toEqual([
      [0, 'done'],
      [1, 'done'],
      [2, 'ran'],
    ]);
    expect(ran).toEqual([0, 1, 2]);
  });

  it('stops at the first tick that cannot run now', async () => {
    const { clock, store, ran, backfill } = await world();
    await clock.advanceTo(hour(2));
    await store.jobRegistry.pause('sweep');
    expect(await backfill(hour(-1), hour(2))).toEqual([[-1, 'paused']]);
    expect(ran).toEqual([]);
  });

  it('accepts one instant, and nothing if it is no tick', async () => {
    const { clock, backfill } = await world();
    await clock.advanceTo(hour(1));
    expect(await backfill(hour(0), hour(0))).toEqual([[0, 'ran']]);
    expect(await backfill(addMs(start, 1), addMs(start, 1))).toEqual([]);
  });

  it('refuses a range that ends before it begins', async () => {
    const { backfill } = await world();
    await expect(backfill(hour(0), hour(-1))).rejects.toThrow(
      /^Option to must not be before 2026-11-24T00:00:00.000Z; got "2026-11-23T23:00:00.000Z"/,
    );
  });

  it('refuses a range that ends in the future, counting the delay of the job', async () => {
    const { backfill } = await world();
    expect(await backfill(start, start)).toEqual([[0, 'ran']]);
    await expect(backfill(start, addMs(start, 1))).rejects.toThrow(
      /^Option to must not be after 2026-11-24T00:00:00.000Z/,
    );
    const delayed = await world({ delayMs: MINUTE_MS });
    await expect(delayed.backfill(start, start)).rejects.toThrow(
      /^Option to must not be after 2026-11-23T23:59:00.000Z/,
    );
    await delayed.clock.advanceBy(MINUTE_MS);
    expect(await delayed.backfill(start, start)).toEqual([[0, 'ran']]);
  });

  it('refuses more than 10,000 ticks before it runs any', async () => {
    const { store, ran, backfill } = await world();
    await expect(backfill(hour(-10_000), hour(0))).rejects.toThrow(
      /^Option from must be late enough that the range has at most 10000 ticks/,
    );
    expect(ran).toEqual([]);
    await store.jobRegistry.pause('sweep');
    expect(await backfill(hour(-9_999), hour(0))).toEqual([[-9_999, 'paused']]);
  });
});
