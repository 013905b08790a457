import { InvalidScheduleError, instant, iso, type ScheduleSpec } from '@gamekeeper/core';
import { isTick, latestTick } from '@gamekeeper/core/engine';
import { scheduledJobs } from 'croner';
import { describe, expect, it } from 'vitest';
import { CronerScheduleParser } from './croner-schedule-parser.ts';

const schedules = new CronerScheduleParser();
const tuesday = instant('2026-11-24T12:34:56.789Z');

describe('CronerScheduleParser', () => {
  it.each([
    ['30 2 * * *', '2026-11-25T02:30:00.000Z'],
    ['15 30 2 * * *', '2026-11-25T02:30:15.000Z'],
    ['*/20 * * * * *', '2026-11-24T12:35:00.000Z'],
    ['0 0 1 * *', '2026-12-01T00:00:00.000Z'],
    ['0 0 29 2 *', '2028-02-29T00:00:00.000Z'],
    ['0 9-17/4 * * MON-FRI', '2026-11-24T13:00:00.000Z'],
    ['0 0 * * 7', '2026-11-29T00:00:00.000Z'],
    ['0 0 * * 0', '2026-11-29T00:00:00.000Z'],
    ['0 0 1 feb,MAY *', '2027-02-01T00:00:00.000Z'],
    ['0 0 13 * FRI', '2026-11-27T00:00:00.000Z'],
    ['0 0 13 * +FRI', '2027-08-13T00:00:00.000Z'],
    ['0 0 L * *', '2026-11-30T00:00:00.000Z'],
    ['0 0 15W * *', '2026-12-15T00:00:00.000Z'],
    ['0 0 LW 1 *', '2027-01-29T00:00:00.000Z'],
    ['0 0 * * FRI#2', '2026-12-11T00:00:00.000Z'],
    ['0 0 * * MONL', '2026-11-30T00:00:00.000Z'],
    ['0 0 ? * *', '2026-11-25T00:00:00.000Z'],
    ['@hourly', '2026-11-24T13:00:00.000Z'],
    ['@daily', '2026-11-25T00:00:00.000Z'],
    ['@midnight', '2026-11-25T00:00:00.000Z'],
    ['@weekly', '2026-11-29T00:00:00.000Z'],
    ['@monthly', '2026-12-01T00:00:00.000Z'],
    ['@yearly', '2027-01-01T00:00:00.000Z'],
    ['@annually', '2027-01-01T00:00:00.000Z'],
    ['  0   0 * *\t* ', '2026-11-25T00:00:00.000Z'],
  ])('parses %s', (cron, next) => {
    expect(iso(schedules.parse({ cron }).next(tuesday)!)).toBe(next);
  });

  it('is in UTC unless a zone is given', () => {
    const schedule = schedules.parse({ cron: '0 0 * * *' });
    expect(schedule.timeZone).toBe('UTC');
    expect(iso(schedule.next(tuesday)!)).toBe('2026-11-25T00:00:00.000Z');
  });

  it('keeps the expression and the zone as they were given', () => {
    const { cron, timeZone } = schedules.parse({ cron: '@daily', timeZone: 'Asia/Kolkata' });
    expect({ cron, timeZone }).toEqual({ cron: '@daily', timeZone: 'Asia/Kolkata' });
  });

  it.each([
    ['', 'write five fields'],
    ['  \n', 'write five fields'],
    ['* * * *', 'it has 4 fields'],
    ['0 0 0 1 1 * 2027', 'it has 7 fields'],
    ['61 * * * *', 'minute'],
    ['0 24 * * *', 'hour'],
    ['0 0 0 * *', 'day'],
    ['0 0 32 * *', 'day'],
    ['0 0 * 13 *', 'month'],
    ['0 0 * * 8', 'dayOfWeek'],
    ['0 0 * * FUN', 'illegal'],
    ['22-2 * * * *', 'larger'],
    ['5/10 * * * *', 'step'],
    ['*/0 * * * *', 'step'],
    ['1,,2 * * * *', 'empty'],
    ['-1 * * * *', 'range'],
    ['0.5 * * * *', 'illegal'],
    ['0 0 * * ;', 'illegal'],
    ['0 0 * * 1#6', 'weekday'],
    ['@reboot', 'this nickname does not exist'],
    ['@fortnightly', 'this nickname does not exist'],
    ['2026-11-24T00:00:00', 'write five fields'],
    ['2026-11-24T00:00:00Z', 'write five fields'],
    ['12:30', 'write five fields'],
    ['0 0 31 2 *', 'never'],
    ['0 0 30 2 *', 'never'],
    ['0 0 31 4,6,9,11 *', 'never'],
    ['0 0 30 2 +MON', 'never'],
    ['0 0 31W 2 *', 'never'],
  ])('rejects %j', (cron, because) => {
    const error = refusal({ cron });
    expect(error.code).toBe('INVALID_SCHEDULE');
    expect(error.message).toContain(because);
    expect(error.message).toContain(JSON.stringify(cron));
  });

  it('passes on what Croner says, as a part of its own sentence', () => {
    const shape =
      'write five fields (minute, hour, day of month, month, day of week), or six with seconds first';
    expect(refusal({ cron: '0.5 * * * *' }).message).toBe(
      `Schedule "0.5 * * * *" in time zone "UTC": configuration entry 1 (0.5) contains illegal characters; ${shape}.`,
    );
  });

  it.each([undefined, null, 5, new Date(0), { cron: '0 0 * * *' }])(
    'rejects %j, which is not text',
    (cron) => {
      expect(refusal({ cron: cron as unknown as string }).message).toContain('write five fields');
    },
  );

  it.each(['Mars/Olympus', 'Berlin', '', ' UTC', '+02:00', '-0330', 7, null])(
    'rejects the time zone %j at once, not at the first tick',
    (zone) => {
      const error = refusal({ cron: '0 0 * * *', timeZone: zone as string });
      expect(error.code).toBe('INVALID_SCHEDULE');
      expect(error.message).toContain('Europe/Berlin');
    },
  );

  it('keeps the cause of an error', () => {
    expect(refusal({ cron: '61 * * * *' }).cause).toBeInstanceOf(RangeError);
    expect(refusal({ cron: '0 0 * * *', timeZone: 'Mars/Olympus' }).cause).toBeInstanceOf(RangeError);
  });

  it('registers nothing with Croner, so equal schedules do not affect each other', () => {
    schedules.parse({ cron: '0 0 * * *' });
    schedules.parse({ cron: '0 0 * * *' });
    expect(scheduledJobs).toEqual([]);
  });
});

describe('a schedule', () => {
  const daily = schedules.parse({ cron: '0 1 * * *' });

  it.each([
    ['2026-11-24T00:59:59.999Z', '2026-11-24T01:00:00.000Z', '2026-11-23T01:00:00.000Z'],
    ['2026-11-24T01:00:00.000Z', '2026-11-25T01:00:00.000Z', '2026-11-23T01:00:00.000Z'],
    ['2026-11-24T01:00:00.001Z', '2026-11-25T01:00:00.000Z', '2026-11-24T01:00:00.000Z'],
    ['2026-11-24T01:00:00.999Z', '2026-11-25T01:00:00.000Z', '2026-11-24T01:00:00.000Z'],
  ])('at %s searches strictly forwards and strictly backwards, to the millisecond', (at, next, previous) => {
    expect(iso(daily.next(instant(at))!)).toBe(next);
    expect(iso(daily.previous(instant(at))!)).toBe(previous);
  });

  it('returns the ticks after the first instant and up to the last', () => {
    const between = (after: string, through: string): string[] =>
      [...daily.between(instant(after), instant(through))].map(iso);
    expect(between('2026-11-24T01:00:00.000Z', '2026-11-26T01:00:00.000Z')).toEqual([
      '2026-11-25T01:00:00.000Z',
      '2026-11-26T01:00:00.000Z',
    ]);
    expect(between('2026-11-24T00:59:59.999Z', '2026-11-26T00:59:59.999Z')).toEqual([
      '2026-11-24T01:00:00.000Z',
      '2026-11-25T01:00:00.000Z',
    ]);
    expect(between('2026-11-24T01:00:00.000Z', '2026-11-24T01:00:00.000Z')).toEqual([]);
    expect(between('2026-11-26T01:00:00.000Z', '2026-11-24T01:00:00.000Z')).toEqual([]);
  });

  it('computes ticks lazily, and again for each iteration', () => {
    const everySecond = schedules.parse({ cron: '* * * * * *' });
    const centuries = everySecond.between(instant('2026-01-01T00:00:00Z'), instant('2526-01-01T00:00:00Z'));
    const first = (): string => {
      for (const tick of centuries) return iso(tick);
      return 'none';
    };
    expect(first()).toBe('2026-01-01T00:00:01.000Z');
    expect(first()).toBe('2026-01-01T00:00:01.000Z');
  });

  it('knows whether an instant is a tick', () => {
    expect(isTick(daily, instant('2026-11-24T01:00:00.000Z'))).toBe(true);
    expect(isTick(daily, instant('2026-11-24T01:00:00.001Z'))).toBe(false);
    expect(isTick(daily, instant('2026-11-24T02:00:00.000Z'))).toBe(false);
    expect(iso(latestTick(daily, instant('2026-11-24T01:00:00.000Z'))!)).toBe('2026-11-24T01:00:00.000Z');
  });

  it('does not go back with the clocks: a time that they show again is no tick again', () => {
    const berlin = schedules.parse({ cron: '30 2 * * *', timeZone: 'Europe/Berlin' });
    // 02:10 for the second time.
    const again = instant('2026-10-25T01:10:00Z');
    expect(iso(berlin.next(again)!)).toBe('2026-10-26T01:30:00.000Z');
    expect(iso(berlin.previous(again)!)).toBe('2026-10-25T00:30:00.000Z');
  });

  it('finds the next tick across decades without one', () => {
    const rare = schedules.parse({ cron: '0 0 29 2 +MON', timeZone: 'Europe/Berlin' });
    expect(iso(rare.next(instant('2026-11-24T00:00:00Z'))!)).toBe('2044-02-28T23:00:00.000Z');
    expect(iso(rare.previous(instant('2026-11-24T00:00:00Z'))!)).toBe('2016-02-28T23:00:00.000Z');
    const rareInterval = schedules.parse({ cron: '*/30 0 29 2 +MON', timeZone: 'Europe/Berlin' });
    expect(iso(rareInterval.next(instant('2026-11-24T00:00:00Z'))!)).toBe('2044-02-28T23:00:00.000Z');
    expect(iso(rareInterval.previous(instant('2026-11-24T00:00:00Z'))!)).toBe('2016-02-28T23:30:00.000Z');
  });

  it('ends where the calendar ends: after the year 2999, and before the year 1', () => {
    const last = daily.previous(instant(8.64e15))!;
    expect(iso(last)).toBe('2999-12-31T01:00:00.000Z');
    expect(daily.next(last)).toBeNull();
    expect(daily.next(instant(8.64e15))).toBeNull();
    const first = daily.next(instant(-8.64e15))!;
    expect(iso(first)).toBe('0001-01-02T01:00:00.000Z');
    expect(daily.previous(first)).toBeNull();
    expect(daily.previous(instant(-8.64e15))).toBeNull();
    const often = schedules.parse({ cron: '*/30 * * * *', timeZone: 'Asia/Tokyo' });
    const lastHalf = often.previous(instant(8.64e15))!;
    expect(iso(lastHalf)).toBe('2999-12-31T14:30:00.000Z');
    expect(often.next(lastHalf)).toBeNull();
  });
});

function refusal(spec: ScheduleSpec): InvalidScheduleError {
  try {
    schedules.parse(spec);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidScheduleError);
    return error as InvalidScheduleError;
  }
  throw new Error(`${JSON.stringify(spec)} was accepted`);
}
