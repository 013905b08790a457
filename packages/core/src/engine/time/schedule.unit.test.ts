import { IntervalSchedule, instantsNear } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS, addMs, instant, type Instant } from './instant.ts';
import { RecordedSchedule } from './recorded-schedule.ts';
import {
  InvalidScheduleError,
  isTick,
  latestTick,
  nextElapsedTick,
  timeZoneAt,
  type Schedule,
} from './schedule.ts';

const noon = instant('2026-11-24T12:00:00Z');
const hourly = new IntervalSchedule(60);
const near = instantsNear(noon, 3 * HOUR_MS);

describe('ticks of a schedule', () => {
  it('latestTick is the last one at or before an instant', () => {
    fc.assert(
      fc.property(near, (at) => {
        expect(latestTick(hourly, at)).toBe(Math.floor(at / HOUR_MS) * HOUR_MS);
      }),
    );
  });

  it('isTick is true of ticks, and of no instant a millisecond beside them', () => {
    fc.assert(
      fc.property(near, (at) => {
        expect(isTick(hourly, at)).toBe(at % HOUR_MS === 0);
      }),
    );
  });

  it('nextElapsedTick finds the next one if the clock has reached it, at its very instant too', () => {
    fc.assert(
      fc.property(near, near, (after, now) => {
        const next = hourly.next(after);
        expect(nextElapsedTick(hourly, { now: () => now })(after)).toBe(next <= now ? next : null);
      }),
    );
    const none: Schedule = {
      cron: 'never',
      timeZone: 'UTC',
      next: () => null,
      previous: () => null,
      between: () => [],
    };
    expect(nextElapsedTick(none, { now: () => noon })(noon)).toBeNull();
    expect([latestTick(none, noon), isTick(none, noon)]).toEqual([null, false]);
  });
});

describe('timeZoneAt', () => {
  it('is the zone that was in force, and the schedule’s own where it never changed', () => {
    expect(timeZoneAt(hourly, noon)).toBe('UTC');
    const moved: Schedule = Object.assign(new IntervalSchedule(60), {
      timeZoneAt: (at: Instant) => (at < noon ? 'Europe/Berlin' : 'Asia/Tokyo'),
    });
    expect([addMs(noon, -1), noon].map((at) => timeZoneAt(moved, at))).toEqual([
      'Europe/Berlin',
      'Asia/Tokyo',
    ]);
    const recorded = new RecordedSchedule(hourly);
    recorded.adopt(moved);
    expect(recorded.timeZoneAt(addMs(noon, -1))).toBe('Europe/Berlin');
  });
});

describe('InvalidScheduleError', () => {
  it('names the expression, the zone in which it is read, and the problem', () => {
    const cause = new Error('field 2');
    const error = new InvalidScheduleError({ cron: '61 * * * *' }, 'no such minute', { cause });
    expect(error).toMatchObject({
      code: 'INVALID_SCHEDULE',
      message: 'Schedule "61 * * * *" in time zone "UTC": no such minute.',
      cause,
    });
    expect(new InvalidScheduleError({ cron: '', timeZone: 'Mars/Olympus' }, 'no').message).toContain(
      '"Mars/Olympus"',
    );
  });
});

describe('RecordedSchedule', () => {
  it('is the instance’s own schedule until the recorded one is known, and that one from then on', () => {
    const half = new IntervalSchedule(30);
    const schedule = new RecordedSchedule(hourly);
    const seen = () => ({
      cron: schedule.cron,
      timeZone: schedule.timeZone,
      next: schedule.next(noon),
      previous: schedule.previous(noon),
      between: [...schedule.between(noon, addMs(noon, HOUR_MS))],
    });
    const of = (own: IntervalSchedule, minutes: number) => ({
      cron: own.cron,
      timeZone: 'UTC',
      next: addMs(noon, minutes * MINUTE_MS),
      previous: addMs(noon, -minutes * MINUTE_MS),
      between: [...own.between(noon, addMs(noon, HOUR_MS))],
    });
    expect(seen()).toEqual(of(hourly, 60));
    schedule.adopt(half);
    expect(seen()).toEqual(of(half, 30));
  });
});
