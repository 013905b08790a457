import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { IntervalSchedule, instantsNear } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, instant, addMs, type Instant } from './instant.ts';
import { ScheduleTimeline, TicksAfter } from './schedule-timeline.ts';
import { isTick, type Schedule, type ScheduleSpec } from './schedule.ts';

const schedules = new CronerScheduleParser();
const start = instant('2026-03-27T00:00:00Z');
const specs: readonly ScheduleSpec[] = [
  { cron: '*/30 * * * *' },
  { cron: '0 0 * * *' },
  { cron: '0 0 * * *', timeZone: 'Asia/Tokyo' },
  { cron: '0 0 * * *', timeZone: 'America/Los_Angeles' },
  { cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
];

/** Any time up to three days, often a whole number of half hours: then a schedule changes at the very instant of a tick. */
const sometimes = fc.oneof(
  fc.integer({ min: 1, max: 3 * DAY_MS }),
  fc.integer({ min: 1, max: 144 }).map((half) => half * 30 * MINUTE_MS),
);

const histories = fc
  .array(fc.tuple(fc.constantFrom(...specs), sometimes), { minLength: 1, maxLength: 4 })
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

  it('passes over a schedule that has no ticks, in every direction, also before 1970', () => {
    const begin = instant('1969-12-31T23:00:00Z');
    const none: Schedule = {
      cron: 'never',
      timeZone: 'UTC',
      next: () => null,
      previous: () => null,
      between: () => [],
    };
    const half = new IntervalSchedule(30);
    const segments = [half, none, half].map((schedule, hours) => ({
      schedule,
      since: addMs(begin, hours * HOUR_MS),
    }));
    const timeline = new ScheduleTimeline(segments);
    const last = addMs(begin, 30 * MINUTE_MS);
    const first = addMs(begin, 2 * HOUR_MS);
    expect([timeline.next(last), timeline.previous(first)]).toEqual([first, last]);
    expect([...timeline.between(begin, first)]).toEqual([last, first]);
    const never = new ScheduleTimeline([{ since: begin, schedule: none }]);
    expect([never.next(begin), never.previous(first), ...never.between(begin, first)]).toEqual([null, null]);
  });

  it('shows the newest of its schedules, however many there were', () => {
    const segments = specs.map((spec, days) => ({
      since: addMs(start, days * DAY_MS),
      schedule: schedules.parse(spec),
    }));
    const timeline = new ScheduleTimeline(segments);
    expect([timeline.cron, timeline.timeZone]).toEqual(['30 2 * * *', 'Europe/Berlin']);
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
  const near = instantsNear(start, 3 * HOUR_MS);

  it('has the ticks of its schedule after an instant and no other, the same in every direction', () => {
    fc.assert(
      fc.property(near, near, near, (since, after, through) => {
        const half = new IntervalSchedule(30);
        const ticks = new TicksAfter(half, since);
        const expected = [...half.between(after, through)].filter((tick) => tick > since);
        expect([...ticks.between(after, through)]).toEqual(expected);
        expect(ticks.next(after)).toBe(half.next(Math.max(after, since) as Instant));
        const before = half.previous(through);
        expect(ticks.previous(through)).toBe(before > since ? before : null);
      }),
    );
  });

  it('is otherwise its schedule, also in the zones that it had', () => {
    const change = addMs(start, DAY_MS);
    const [, daily, tokyo] = specs.map((spec) => schedules.parse(spec));
    const timeline = new ScheduleTimeline([
      { since: start, schedule: daily! },
      { since: change, schedule: tokyo! },
    ]);
    const ticks = new TicksAfter(timeline, start);
    expect([ticks.cron, ticks.timeZone]).toEqual(['0 0 * * *', 'Asia/Tokyo']);
    expect([start, change].map((at) => ticks.timeZoneAt(at))).toEqual(['UTC', 'Asia/Tokyo']);
  });

  it('leaves out what came before, in every direction', () => {
    const half = schedules.parse({ cron: '*/30 * * * *' });
    const ticks = new TicksAfter(half, start);
    expect(ticks.next(addMs(start, -DAY_MS))).toBe(addMs(start, 30 * MINUTE_MS));
    expect(ticks.previous(addMs(start, 30 * MINUTE_MS))).toBeNull();
    expect([...ticks.between(addMs(start, -DAY_MS), addMs(start, HOUR_MS))]).toHaveLength(2);
  });
});
