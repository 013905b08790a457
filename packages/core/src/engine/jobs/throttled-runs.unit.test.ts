import {
  IntervalSchedule,
  MemoryDatabase,
  MemoryFailedItems,
  VirtualClock,
  memoryJobPorts,
} from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { addMs, instant } from '../time/instant.ts';
import { defineJob, type JobOptions } from './job-definition.ts';
import { JobEngine } from './job-engine.ts';
import { combineObservers, type AttemptReport } from './run-observer.ts';
import type { Throttle } from './throttle.ts';
import { TimerScheduler } from './timer-scheduler.ts';

const start = instant('2026-11-24T00:00:00Z');

/** An engine with a job of several batches, and what it observes. */
async function world(
  throttle: Throttle,
  { batches = 4, ...job }: Partial<JobOptions> & { batches?: number } = {},
) {
  const clock = new VirtualClock(start);
  const database = new MemoryDatabase(clock);
  const reports: AttemptReport[] = [];
  const pauses: number[] = [];
  const engine = new JobEngine({
    ...memoryJobPorts(database),
    jobs: [
      {
        job: defineJob<number>({
          name: 'sweep',
          schedule: { cron: '0 * * * *' },
          ...(job as object),
          batch: async ({ checkpoint }) => {
            const done = (checkpoint ?? 0) + 1;
            return { processed: 1, next: done < batches ? done : null };
          },
        }),
        schedule: new IntervalSchedule(60),
      },
    ],
    instanceId: 'one',
    clock,
    failedItems: new MemoryFailedItems(database),
    transactions: database,
    leaseMs: 15_000,
    scheduler: new TimerScheduler(clock),
    random: () => 0,
    throttle,
    observer: combineObservers([
      { runEnded: (report) => reports.push(report), runThrottled: (_, { pauseMs }) => pauses.push(pauseMs) },
    ]),
  });
  await engine.register();
  return { clock, engine, reports, pauses };
}

describe('a run with a throttle', () => {
  it('pauses after each batch but the last, and keeps its lease', async () => {
    const seen: unknown[] = [];
    const { clock, engine, reports, pauses } = await world({
      pauseMs: (batch) => seen.push(batch) && 10_000,
    });
    engine.start();
    await clock.advanceBy(29_999);
    expect(reports).toEqual([]);
    await clock.advanceBy(1);
    await engine.idle();
    expect(pauses).toEqual([10_000, 10_000, 10_000]);
    expect(reports).toMatchObject([{ end: 'succeeded', fence: 1, batches: 4, durationMs: 30_000 }]);
    expect(seen[0]).toEqual({ job: 'sweep', tick: start, processed: 1, durationMs: 0 });
  });

  it('pauses one millisecond, and not less', async () => {
    for (const [pauseMs, expected] of [
      [0, []],
      [1, [1]],
    ] as const) {
      const { clock, engine, pauses } = await world({ pauseMs: () => pauseMs }, { batches: 2 });
      engine.start();
      await clock.advanceBy(10);
      await engine.idle();
      expect(pauses).toEqual(expected);
    }
  });

  it('pauses at most ten seconds at once', async () => {
    const { clock, engine, pauses } = await world({ pauseMs: () => 3_600_000 }, { batches: 2 });
    engine.start();
    await clock.advanceBy(10_000);
    await engine.idle();
    expect(pauses).toEqual([10_000]);
  });

  it('pauses at most half of its time limit, so that the throttle cannot fail it', async () => {
    const { clock, engine, reports, pauses } = await world(
      { pauseMs: () => 10_000 },
      { batches: 20, timeoutMs: 60_000 },
    );
    engine.start();
    await clock.advanceBy(60_000);
    await engine.idle();
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBe(30_000);
    expect(reports).toMatchObject([{ end: 'succeeded', batches: 20 }]);
  });

  it('ends its pause when the engine stops, and gives the run back', async () => {
    const { clock, engine, reports } = await world({ pauseMs: () => 10_000 });
    engine.start();
    await clock.advanceBy(1_000);
    await engine.stop(5_000);
    expect(reports).toMatchObject([{ end: 'released', batches: 1 }]);
    expect(clock.now()).toBe(addMs(start, 1_000));
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no statistics');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no statistics'))],
    ['returns nothing', () => undefined],
    ['returns text', () => 'soon'],
    ['returns NaN', () => Number.NaN],
    ['returns a negative number', () => -5],
    ['returns Infinity', () => Infinity],
  ])('does not pause if its throttle %s', async (_, pauseMs) => {
    const { clock, engine, reports, pauses } = await world({ pauseMs } as Throttle);
    engine.start();
    await clock.advanceBy(0);
    await engine.idle();
    expect(pauses).toEqual([]);
    expect(reports).toMatchObject([{ end: 'succeeded', batches: 4 }]);
  });
});
