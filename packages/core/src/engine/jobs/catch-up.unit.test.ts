import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { IntervalSchedule } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, instant, addMs, type Instant } from '../time/instant.ts';
import { ON_TIME_MS, planCatchUp } from './catch-up.ts';
import type { MissedTicks } from './job-definition.ts';

const schedule = new IntervalSchedule(60);
const watermark = instant('2026-11-24T00:00:00Z');
const hours = (count: number): Instant => addMs(watermark, count * HOUR_MS);
const plan = (missedTicks: MissedTicks, now: Instant, catchUpWindowMs = 35 * DAY_MS) =>
  planCatchUp({ job: { missedTicks, catchUpWindowMs }, schedule, watermark, now });

describe('planCatchUp', () => {
  it('owes nothing before the next tick', () => {
    const nothing = { skip: [], run: [], more: false };
    for (const policy of ['every', 'latest', 'none'] as const)
      expect(plan(policy, addMs(hours(1), -1))).toEqual(nothing);
  });

  it('runs every missed tick, oldest first', () => {
    expect(plan('every', hours(3))).toEqual({ skip: [], run: [hours(1), hours(2), hours(3)], more: false });
  });

  it('runs only the latest and records the others as superseded', () => {
    expect(plan('latest', hours(3))).toEqual({
      skip: [{ reason: 'superseded', ticks: [hours(1), hours(2)] }],
      run: [hours(3)],
      more: false,
    });
  });

  it('runs a tick of "none" on time only, and records missed ones', () => {
    expect(plan('none', addMs(hours(2), ON_TIME_MS))).toEqual({
      skip: [{ reason: 'missed', ticks: [hours(1)] }],
      run: [hours(2)],
      more: false,
    });
    expect(plan('none', addMs(hours(2), ON_TIME_MS + 1)).run).toEqual([]);
  });

  it('runs one tick of "none", however many are on time', () => {
    const often = new CronerScheduleParser().parse({ cron: '*/10 * * * * *' });
    const now = addMs(watermark, 20_000);
    const job = { missedTicks: 'none', catchUpWindowMs: DAY_MS } as const;
    expect(planCatchUp({ job, schedule: often, watermark, now })).toEqual({
      skip: [{ reason: 'missed', ticks: [addMs(watermark, 10_000)] }],
      run: [now],
      more: false,
    });
  });

  it('skips ticks beyond the window as too old', () => {
    expect(plan('every', hours(4), 2 * HOUR_MS)).toEqual({
      skip: [{ reason: 'too-old', ticks: [hours(1)] }],
      run: [hours(2), hours(3), hours(4)],
      more: false,
    });
  });

  it('settles every owed tick exactly once and in order, however many there are', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('every', 'latest', 'none' as const),
        fc.integer({ min: 0, max: 2_000 }),
        fc.integer({ min: 1, max: 1_500 }),
        (missedTicks, count, windowHours) => {
          const now = hours(count);
          const settled: Instant[] = [];
          const ran: Instant[] = [];
          let at = watermark;
          for (let more = true; more;) {
            const part = planCatchUp({
              job: { missedTicks, catchUpWindowMs: windowHours * HOUR_MS },
              schedule,
              watermark: at,
              now,
            });
            settled.push(...part.skip.flatMap(({ ticks }) => ticks), ...part.run);
            ran.push(...part.run);
            const planned = part.skip.reduce((sum, { ticks }) => sum + ticks.length, part.run.length);
            // More at once would block the event loop.
            expect(planned).toBeLessThanOrEqual(500);
            at = settled.at(-1) ?? at;
            more = part.more;
          }
          expect(settled).toEqual([...schedule.between(watermark, now)]);
          const oldest = addMs(now, -windowHours * HOUR_MS);
          const expected = settled.filter((tick) => tick >= oldest);
          expect(ran).toEqual(missedTicks === 'every' ? expected : expected.slice(-1));
        },
      ),
    );
  });
});
