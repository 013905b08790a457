import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, instant, addMs, type Instant } from './instant.ts';
import { ScheduleTimeline, TicksAfter } from './schedule-timeline.ts';
import { isTick, type ScheduleSpec } from './schedule.ts';

const schedules = new CronerScheduleParser();
const start = instant('2026-03-27T00:00:00Z');
const specs: readonly ScheduleSpec[] = [
  { cron: '*/30 * * * *' },
  { cron: '0 0 * * *' },
  { cron: '0 0 * * *', timeZone: 'Asia/Tokyo' },
  { cron: '0 0 * * *', timeZone: 'America/Los_Angeles' },
  { cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
];

const histories = fc
  .array(fc.tuple(fc.constantFrom(...specs), fc.integer({ min: 1, max: 3 * DAY_MS })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((changes) => {
    let since = start;
    return changes.map(([spec, ms]) => ({
      schedule: schedules.parse(spec),
      since: (since = addMs(since, ms)),
    }));
  });

/** Every tick by definition: an instant that the schedule in force there names. */
function ticksOf(
  segments: ConstructorParameters<typeof ScheduleTimeline>[0],
  after: Instant,
  through: Instant,
) {
  const ticks: Instant[] = [];
  for (
    let at = instant(Math.ceil((after + 1) / (30 * MINUTE_MS)) * 30 * MINUTE_MS);
    at <= through;
    at = addMs(at, 30 * MINUTE_MS)
  ) {
    const { schedule } = segments.findLast(({ since }) => since <= at) ?? segments[0]!;
    if (isTick(schedule, at)) ticks.push(at);
  }
  return ticks;
}

describe('ScheduleTimeline', () => {
  it('names the ticks of the schedule in force, the same forwards, backwards and one by one', () => {
    const around = fc.integer({ min: -2 * DAY_MS, max: 10 * DAY_MS }).map((ms) => addMs(start, ms));
    fc.assert(
      fc.property(histories, around, fc.integer({ min: 0, max: 4 * DAY_MS }), (segments, after, ms) => {
        const through = addMs(after, ms);
        const timeline = new ScheduleTimeline(segments);
        const expected = ticksOf(segments, after, through);
        expect([...timeline.between(after, through)]).toEqual(expected);
        const forwards: Instant[] = [];
        for (let at = timeline.next(after); at !== null && at <= through; at = timeline.next(at))
          forwards.push(at);
        expect(forwards).toEqual(expected);
        const backwards: Instant[] = [];
        const end = addMs(through, 1);
        for (let at = timeline.previous(end); at !== null && at > after; at = timeline.previous(at))
          backwards.unshift(at);
        expect(backwards).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('reads a tick in the zone of the schedule that it belongs to', () => {
    const change = instant('2026-03-28T12:00:00Z');
    const [, daily, tokyo] = specs.map((spec) => schedules.parse(spec));
    const timeline = new ScheduleTimeline([
      { since: start, schedule: daily! },
      { since: change, schedule: tokyo! },
    ]);
    expect([addMs(start, -DAY_MS), addMs(change, -1), change].map((at) => timeline.timeZoneAt(at))).toEqual([
      'UTC',
      'UTC',
      'Asia/Tokyo',
    ]);
    expect([timeline.cron, timeline.timeZone]).toEqual(['0 0 * * *', 'Asia/Tokyo']);
  });

  it('gives a tick at the very instant of a change to the new schedule', () => {
    const half = schedules.parse({ cron: '*/30 * * * *' });
    const daily = schedules.parse({ cron: '0 4 * * *' });
    const timeline = new ScheduleTimeline([
      { since: start, schedule: half },
      { since: addMs(start, HOUR_MS), schedule: daily },
    ]);
    expect(timeline.next(addMs(start, 30 * MINUTE_MS))).toBe(addMs(start, 4 * HOUR_MS));
    expect(timeline.previous(addMs(start, 4 * HOUR_MS))).toBe(addMs(start, 30 * MINUTE_MS));
  });
});

describe('TicksAfter', () => {
  it('leaves out what came before, in every direction', () => {
    const half = schedules.parse({ cron: '*/30 * * * *' });
    const ticks = new TicksAfter(half, start);
    expect(ticks.next(addMs(start, -DAY_MS))).toBe(addMs(start, 30 * MINUTE_MS));
    expect(ticks.previous(addMs(start, 30 * MINUTE_MS))).toBeNull();
    expect([...ticks.between(addMs(start, -DAY_MS), addMs(start, HOUR_MS))]).toHaveLength(2);
  });
});
