import { IntervalSchedule, instantsNear } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS, addMs, instant, maxInstant, minInstant, type Instant } from './instant.ts';
import type { Schedule } from './schedule.ts';
import { ScheduleWithExtraTicks } from './schedule-with-extra-ticks.ts';

const noon = instant('2026-11-24T12:00:00Z');

/** A schedule whose ticks begin and end, as those of a year do. */
function between(first: Instant, last: Instant): Schedule {
  const half = new IntervalSchedule(30);
  const within = (tick: Instant): Instant | null => (first <= tick && tick <= last ? tick : null);
  return {
    cron: half.cron,
    timeZone: 'UTC',
    next: (after) => within(half.next(maxInstant(after, addMs(first, -1)))),
    previous: (before) => within(half.previous(minInstant(before, addMs(last, 1)))),
    between: (after, through) => [...half.between(after, through)].filter((tick) => within(tick) !== null),
  };
}

it('names the ticks of both, each once, forwards, backwards and one by one', () => {
  const near = instantsNear(noon, 3 * HOUR_MS);
  const whole = fc.integer({ min: -6, max: 6 }).map((half) => instant(noon + half * 30 * MINUTE_MS));
  const ticks = fc.array(fc.oneof(near, whole), { maxLength: 6 });
  fc.assert(
    fc.property(ticks, near, near, (added, a, b) => {
      const [after, through] = [a, b].toSorted((one, other) => one - other) as [Instant, Instant];
      const base = between(addMs(noon, -HOUR_MS), addMs(noon, HOUR_MS));
      const schedule = new ScheduleWithExtraTicks(base);
      schedule.add(added.slice(0, 2));
      schedule.add(added);
      const all = [...new Set([...base.between(after, through), ...added])]
        .filter((tick) => tick > after && tick <= through)
        .sort((one, other) => one - other);
      expect([...schedule.between(after, through)]).toEqual(all);
      const forwards: Instant[] = [];
      for (let at = schedule.next(after); at !== null && at <= through; at = schedule.next(at))
        forwards.push(at);
      expect(forwards).toEqual(all);
      const backwards: Instant[] = [];
      for (
        let at = schedule.previous(instant(through + 1));
        at !== null && at > after;
        at = schedule.previous(at)
      )
        backwards.unshift(at);
      expect(backwards).toEqual(all);
      expect([schedule.cron, schedule.timeZone]).toEqual([base.cron, base.timeZone]);
    }),
  );
});
