import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { instants, instantsNear } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, instant, iso, addMs, type Instant } from '../../engine/time/instant.ts';
import { latestTick } from '../../engine/time/schedule.ts';
import { addDays, startOfDay, type LocalDate } from '../../engine/time/zones.ts';
import { defineBoards, resetSchedule, type Board, type BoardOptions } from './board.ts';
import { boundedPeriodAt, periodAt, type BoundedPeriod } from './period.ts';

const board = (options: Partial<BoardOptions> = {}): Board =>
  defineBoards([{ key: 'board', period: 'week', ...options }])[0]!;
const weekly = board();
const monthly = board({ period: 'month' });
const daily = board({ period: 'day' });
const closing = (of: Board, at: Instant): BoundedPeriod => boundedPeriodAt(of, at)!;
const inBerlin = (text: string): Instant => startOfDay('Europe/Berlin', text as LocalDate);

/** Zones whose midnights are hard to find, and all the others. */
const zones = fc.oneof(
  fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Beirut', 'America/Santiago', 'America/Havana'),
  fc.constantFrom('Australia/Lord_Howe', 'Africa/Cairo', 'Antarctica/Troll', 'Pacific/Kiritimati'),
  fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
);
const boards: fc.Arbitrary<Board> = fc
  .record({
    period: fc.constantFrom('week', 'month', 'day'),
    timeZone: zones,
    weekStart: fc.integer({ min: 0, max: 6 }),
  })
  .map(board);
const decade = instants({ from: '2020-01-01T00:00:00Z', to: '2030-12-31T23:59:59.999Z' });
/** Any instants, and those around the turn of a year. */
const times = fc.oneof(
  decade,
  fc
    .integer({ min: 2020, max: 2031 })
    .chain((year) => instantsNear(instant(`${year}-01-01T00:00:00Z`), 8 * DAY_MS)),
);

describe('law 7: periods tile time', () => {
  it('every instant lies in its period, from the first millisecond to the last', () => {
    fc.assert(
      fc.property(boards, times, (board, at) => {
        const period = closing(board, at);
        expect(period.startsAt).toBeLessThanOrEqual(at);
        expect(period.endsAt).toBeGreaterThan(at);
        expect(closing(board, period.startsAt)).toEqual(period);
        expect(closing(board, addMs(period.endsAt, -1))).toEqual(period);
        expect(periodAt(board, at)).toEqual(period);
      }),
      { numRuns: 300 },
    );
  });

  it('one begins at the instant at which the one before ends', () => {
    fc.assert(
      fc.property(boards, times, (board, at) => {
        const period = closing(board, at);
        expect(closing(board, period.endsAt).startsAt).toBe(period.endsAt);
        expect(closing(board, addMs(period.startsAt, -1)).endsAt).toBe(period.startsAt);
      }),
      { numRuns: 300 },
    );
  });

  it('keys sort as text in the order of time, and are the same only for one period', () => {
    const nearby = fc.tuple(times, fc.integer({ min: -40 * DAY_MS, max: 40 * DAY_MS }));
    const pairs = fc.oneof(
      fc.tuple(times, times),
      nearby.map(([at, offset]) => [at, addMs(at, offset)] as const),
    );
    fc.assert(
      fc.property(boards, pairs, (board, [at, other]) => {
        const [one, two] = [closing(board, at), closing(board, other)];
        const byKey = one.key < two.key ? -1 : one.key > two.key ? 1 : 0;
        expect(byKey).toBe(Math.sign(one.startsAt - two.startsAt));
      }),
      { numRuns: 300 },
    );
  });

  it('law 9: a period ends at the next tick of its board’s reset and begins at the last', () => {
    fc.assert(
      fc.property(boards, times, (board, at) => {
        const schedule = new CronerScheduleParser().parse(resetSchedule(board)!);
        const { startsAt, endsAt } = closing(board, at);
        expect(iso(schedule.next(at)!)).toBe(iso(endsAt));
        expect(iso(latestTick(schedule, at)!)).toBe(iso(startsAt));
      }),
      { numRuns: 300 },
    );
  });

  it('a board of all time has one period without a beginning or an end', () => {
    const global = board({ period: 'all' });
    fc.assert(
      fc.property(times, (at) => {
        expect(periodAt(global, at)).toEqual({ key: 'all', startsAt: null, endsAt: null });
        expect(boundedPeriodAt(global, at)).toBeNull();
      }),
    );
    expect(resetSchedule(global)).toBeNull();
  });
});

describe('keys', () => {
  it.each([
    [weekly, '2026-W48'],
    [monthly, '2026-11'],
    [daily, '2026-11-24'],
  ])('of $period periods are readable', (board, key) => {
    expect(periodAt(board, instant('2026-11-24T10:00:00Z')).key).toBe(key);
  });

  it('have the shape of their kind, whatever the zone and the start of the week', () => {
    const shapes = { week: /^\d{4}-W\d\d$/, month: /^\d{4}-\d\d$/, day: /^\d{4}-\d\d-\d\d$/, all: /^all$/ };
    fc.assert(
      fc.property(boards, times, (board, at) => {
        expect(periodAt(board, at).key).toMatch(shapes[board.period]);
      }),
    );
  });

  it.each([
    ['2020-12-27', '2020-W52'],
    ['2020-12-28', '2020-W53'],
    ['2021-01-03', '2020-W53'],
    ['2021-01-04', '2021-W01'],
    ['2022-01-01', '2021-W52'],
    ['2023-01-01', '2022-W52'],
    ['2023-01-02', '2023-W01'],
    ['2024-01-01', '2024-W01'],
    ['2024-12-29', '2024-W52'],
    ['2024-12-30', '2025-W01'],
    ['2025-12-28', '2025-W52'],
    ['2025-12-29', '2026-W01'],
    ['2026-12-31', '2026-W53'],
    ['2027-01-03', '2026-W53'],
    ['2027-01-04', '2027-W01'],
    ['2028-12-31', '2028-W52'],
    ['2032-12-31', '2032-W53'],
  ])('%s lies in ISO week %s, from its first millisecond to its last', (date, key) => {
    const start = instant(`${date}T00:00:00Z`);
    expect(periodAt(weekly, start).key).toBe(key);
    expect(periodAt(weekly, addMs(start, DAY_MS - 1)).key).toBe(key);
  });

  it('number the weeks of a year from 01 to 52 or 53 without a gap, whichever day they begin on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 2000, max: 2100 }), (weekStart, year) => {
        const some = board({ weekStart });
        const keys = new Set<string>();
        for (let day = -7; day < 373; day += 1)
          keys.add(periodAt(some, addMs(instant(`${year}-01-01T00:00:00Z`), day * DAY_MS)).key);
        const weeks = [...keys].filter((key) => key.startsWith(`${year}-`));
        expect([52, 53]).toContain(weeks.length);
        expect(weeks).toEqual(weeks.map((_key, index) => `${year}-W${String(index + 1).padStart(2, '0')}`));
      }),
      { numRuns: 50 },
    );
  });
});

describe('weeks and months where clocks change', () => {
  const hoursOf = ({ startsAt, endsAt }: BoundedPeriod): number => (endsAt - startsAt) / HOUR_MS;
  const berlin = board({ timeZone: 'Europe/Berlin' });
  const berlinMonths = board({ period: 'month', timeZone: 'Europe/Berlin' });

  it.each([
    ['2026-03-23', '2026-W13', 167],
    ['2026-03-30', '2026-W14', 168],
    ['2026-10-19', '2026-W43', 169],
  ])('the week of %s in Berlin, %s, lasts %d hours', (date, key, hours) => {
    const period = closing(berlin, inBerlin(date));
    expect([period.key, hoursOf(period)]).toEqual([key, hours]);
    expect(period).toMatchObject({
      startsAt: inBerlin(date),
      endsAt: inBerlin(addDays(date as LocalDate, 7)),
    });
  });

  it.each([
    ['2026-02-01', '2026-02', 28 * 24],
    ['2026-03-01', '2026-03', 31 * 24 - 1],
    ['2026-10-01', '2026-10', 31 * 24 + 1],
    ['2028-02-01', '2028-02', 29 * 24],
  ])('the month from %s in Berlin, %s, lasts %d hours', (date, key, hours) => {
    const period = closing(berlinMonths, inBerlin(date));
    expect([period.key, hoursOf(period)]).toEqual([key, hours]);
  });

  it('the month in which Lord Howe Island turns its clocks by half an hour is longer by half an hour', () => {
    const howe = board({ period: 'month', timeZone: 'Australia/Lord_Howe' });
    expect(hoursOf(closing(howe, instant('2026-04-15T00:00:00Z')))).toBe(30 * 24 + 0.5);
  });

  it('a week that would begin at a midnight that is skipped begins at the end of the gap', () => {
    const beirut = board({ timeZone: 'Asia/Beirut', weekStart: 0 });
    const { key, startsAt } = closing(beirut, instant('2026-03-30T00:00:00Z'));
    expect([key, iso(startsAt)]).toEqual(['2026-W13', '2026-03-28T22:00:00.000Z']);
  });

  it('an instant lies in the periods of the zone of its board, not of UTC', () => {
    const at = instant('2026-11-30T23:30:00Z');
    expect(periodAt(monthly, at).key).toBe('2026-11');
    expect(periodAt(berlinMonths, at).key).toBe('2026-12');
  });
});
