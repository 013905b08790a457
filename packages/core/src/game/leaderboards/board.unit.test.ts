import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineBoards, resetSchedule, type Board, type BoardOptions } from './board.ts';
import { leaderboardRules } from './leaderboard-rules.ts';
import { resetJobName } from './leaderboard-reset.ts';

const define = (options: object): Board => defineBoards([options as BoardOptions])[0]!;

describe('defineBoards', () => {
  it('gives a host that defines none the boards of all time, the week and the month, in UTC', () => {
    const usual = { timeZone: 'UTC', weekStart: 1, tieBreak: 'latest' };
    expect(defineBoards()).toEqual([
      { key: 'global', period: 'all', ...usual },
      { key: 'weekly', period: 'week', ...usual },
      { key: 'monthly', period: 'month', ...usual },
    ]);
  });

  it('keeps what a host chooses, in the order in which it is given', () => {
    const options = [
      { key: 'sundays', period: 'week', timeZone: 'America/New_York', weekStart: 0, tieBreak: 'earliest' },
      { key: 'today-2', period: 'day', timeZone: 'Asia/Beirut', weekStart: 6, tieBreak: 'latest' },
    ] as const;
    expect(defineBoards(options)).toEqual(options);
  });

  it('lets a host have no board at all', () => {
    expect(defineBoards([])).toEqual([]);
  });

  it.each([
    [{ period: 'week' }, 'boards.key'],
    [{ key: '', period: 'week' }, 'boards.key'],
    [{ key: 'Weekly', period: 'week' }, 'boards.key'],
    [{ key: 'week ly', period: 'week' }, 'boards.key'],
    [{ key: 'weekly-', period: 'week' }, 'boards.key'],
    [{ key: '2026', period: 'week' }, 'boards.key'],
    [{ key: 'weekly\n', period: 'week' }, 'boards.key'],
    [{ key: 'weekly' }, 'boards.weekly.period'],
    [{ key: 'weekly', period: 'weekly' }, 'boards.weekly.period'],
    [{ key: 'weekly', period: 'week', weekStart: 7 }, 'boards.weekly.weekStart'],
    [{ key: 'weekly', period: 'week', weekStart: -1 }, 'boards.weekly.weekStart'],
    [{ key: 'weekly', period: 'week', weekStart: 0.5 }, 'boards.weekly.weekStart'],
    [{ key: 'weekly', period: 'week', weekStart: '1' }, 'boards.weekly.weekStart'],
    [{ key: 'weekly', period: 'week', tieBreak: 'oldest' }, 'boards.weekly.tieBreak'],
    [{ key: 'weekly', period: 'week', timeZone: '' }, 'boards.weekly.timeZone'],
    [{ key: 'weekly', period: 'week', timeZone: null }, 'boards.weekly.timeZone'],
    [{ key: 'weekly', period: 'week', timeZone: 'Europe/Atlantis' }, 'boards.weekly.timeZone'],
    // Some platforms know such zones, but no schedule does.
    [{ key: 'weekly', period: 'week', timeZone: '+02:00' }, 'boards.weekly.timeZone'],
  ])('refuses %j by name', (options, option) => {
    expect(() => define(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
  });

  it('refuses two boards of one key', () => {
    const twice = (['week', 'month'] as const).map((period) => ({ key: 'ours', period }));
    expect(() => defineBoards(twice)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: 'boards' }),
    );
    expect(() => defineBoards(twice)).toThrow(/must have unique keys; got "ours"/);
  });

  it('says what to do about a zone that nobody knows, and keeps the cause', () => {
    const refused: unknown = expect.objectContaining({
      message:
        'Option boards.weekly.timeZone must be an IANA time zone such as "Europe/Berlin"; got "Europe/Atlantis".',
      cause: expect.any(RangeError) as unknown,
    });
    expect(() => define({ key: 'weekly', period: 'week', timeZone: 'Europe/Atlantis' })).toThrow(refused);
  });
});

describe('resetSchedule', () => {
  it.each([
    [{ period: 'week' }, '0 0 * * 1'],
    [{ period: 'week', weekStart: 0 }, '0 0 * * 0'],
    [{ period: 'month' }, '0 0 1 * *'],
    [{ period: 'day' }, '0 0 * * *'],
  ])('of %j is %s in the zone of the board', (options, cron) => {
    const board = define({ key: 'ours', timeZone: 'Asia/Tokyo', ...options });
    expect(resetSchedule(board)).toEqual({ cron, timeZone: 'Asia/Tokyo' });
  });

  it('is a schedule for every board that can be defined and ends', () => {
    const options = fc.record({
      key: fc.constant('ours'),
      period: fc.constantFrom('week', 'month', 'day'),
      weekStart: fc.integer({ min: 0, max: 6 }),
      timeZone: fc.constantFrom('utc', 'GMT', 'Etc/GMT+12', ...Intl.supportedValuesOf('timeZone')),
    });
    fc.assert(
      fc.property(options, (options) => {
        const schedule = resetSchedule(define(options))!;
        expect(new CronerScheduleParser().parse(schedule).timeZone).toBe(options.timeZone);
      }),
    );
  });

  it('gives every board a job of its own name', () => {
    expect(defineBoards().map(resetJobName)).toEqual([
      'leaderboard-reset-global',
      'leaderboard-reset-weekly',
      'leaderboard-reset-monthly',
    ]);
  });
});

describe('leaderboardRules', () => {
  it('fills in what is left out', () => {
    const defaults = { sealGraceSeconds: 10, maxAwardAgeDays: 35, oldAwards: 'refuse' };
    expect(leaderboardRules()).toEqual(defaults);
    expect(leaderboardRules({ sealGraceSeconds: 0 })).toEqual({ ...defaults, sealGraceSeconds: 0 });
  });

  it.each([
    ...[-1, 0.5, 3_601, Number.NaN, '10'].map((value) => ['sealGraceSeconds', value] as const),
    ...[0, 1.5, 36_501, Infinity, '35'].map((value) => ['maxAwardAgeDays', value] as const),
    ...['all', '', null, true].map((value) => ['oldAwards', value] as const),
  ])('refuses %s %j by name', (name, value) => {
    expect(() => leaderboardRules({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: `rules.leaderboards.${name}` }),
    );
  });
});
