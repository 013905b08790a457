import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { instants } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, LATEST_MS, MINUTE_MS, instant, iso, addMs, type Instant } from './instant.ts';
import {
  addDays,
  dayOfWeek,
  daysBetween,
  localDate,
  localTime,
  startOfDay,
  type LocalDate,
} from './zones.ts';

const zones: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone')];
/** Changes at one instant, from one offset to one other, are the same days in whichever zone. */
const changes = [...new Map(zones.flatMap(changesOfClocks).map((change) => [change.what, change])).values()];

const zone = fc.constantFrom(...zones);
const instantsOfTheDecade = instants({ from: '2020-01-01T00:00:00Z', to: '2030-12-31T23:59:59.999Z' });
const dates = instantsOfTheDecade.map((at) => iso(at).slice(0, 10) as LocalDate);
/** A day on which a zone's clocks change, or one close to it. */
const daysAroundChanges = fc
  .tuple(fc.constantFrom(...changes), fc.integer({ min: -2, max: 2 }))
  .map(([{ zone, at }, days]) => ({ zone, date: addDays(localDate(zone, at), days) }));
const anyDay = fc.oneof(fc.record({ zone, date: dates }), daysAroundChanges, daysAroundChanges);

describe('startOfDay', () => {
  it.each([
    ['UTC', '2026-11-24', '2026-11-24T00:00:00.000Z', 24],
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', 23],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z', 25],
    // Half an hour, in the small hours.
    ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T13:00:00.000Z', 24.5],
    ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T13:30:00.000Z', 23.5],
    // Midnight is skipped: the day begins at 01:00.
    ['Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00.000Z', 23],
    ['America/Santiago', '2026-09-06', '2026-09-06T04:00:00.000Z', 23],
    ['America/Havana', '2026-03-08', '2026-03-08T05:00:00.000Z', 23],
    ['Asia/Tehran', '2021-03-22', '2021-03-21T20:30:00.000Z', 23],
    // Just before midnight the clocks go back: the day before is longer.
    ['Asia/Beirut', '2026-10-24', '2026-10-23T21:00:00.000Z', 25],
    ['America/Santiago', '2026-04-04', '2026-04-04T03:00:00.000Z', 25],
    ['Africa/Juba', '2021-01-31', '2021-01-30T21:00:00.000Z', 25],
    // Midnight comes twice: the first counts.
    ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z', 25],
    // Clocks go back by three hours at midnight.
    ['Antarctica/Casey', '2021-03-13', '2021-03-12T13:00:00.000Z', 27],
  ])('in %s, %s begins at %s and lasts %d hours', (zone, day, start, hours) => {
    const date = day as LocalDate;
    expect(iso(startOfDay(zone, date))).toBe(start);
    expect((startOfDay(zone, addDays(date, 1)) - startOfDay(zone, date)) / HOUR_MS).toBe(hours);
  });

  it('is the first instant of its day: a millisecond earlier it is the day before', () => {
    fc.assert(
      fc.property(anyDay, ({ zone, date }) => {
        const start = startOfDay(zone, date);
        expect(localDate(zone, start)).toBe(date);
        expect(localDate(zone, addMs(start, -1))).toBe(addDays(date, -1));
      }),
      { numRuns: 500 },
    );
  });

  it('is at or before every instant of its day, and after none', () => {
    const near = fc.integer({ min: -DAY_MS, max: DAY_MS });
    const places = fc.oneof(
      fc.record({ zone, at: instantsOfTheDecade }),
      fc
        .tuple(fc.constantFrom(...changes), near)
        .map(([{ zone, at }, offset]) => ({ zone, at: addMs(at, offset) })),
    );
    fc.assert(
      fc.property(places, ({ zone, at }) => {
        const date = localDate(zone, at);
        expect(startOfDay(zone, date)).toBeLessThanOrEqual(at);
        expect(startOfDay(zone, addDays(date, 1))).toBeGreaterThan(at);
      }),
      { numRuns: 500 },
    );
  });

  it('is known in UTC for as long as there are instants', () => {
    for (const [at, date] of [
      [-LATEST_MS, '-271821-04-20'],
      [LATEST_MS, '+275760-09-13'],
      [Date.UTC(12_026, 10, 24, 7), '+012026-11-24'],
    ] as const) {
      expect(localDate('UTC', instant(at))).toBe(date);
      expect(startOfDay('UTC', date as LocalDate)).toBe(Math.floor(at / DAY_MS) * DAY_MS);
    }
  });

  it('does not depend on what was asked before', () => {
    const questions = fc.sample(anyDay, { numRuns: 1_500, seed: 2026 });
    const answers = questions.map(({ zone, date }) => startOfDay(zone, date));
    const again = questions.toReversed().map(({ zone, date }) => startOfDay(zone, date));
    expect(again.reverse()).toEqual(answers);
  });
});

describe('law 9: days begin at the ticks of "0 0 * * *"', () => {
  it('knows the zones whose clocks change', () => {
    expect(changes.length).toBeGreaterThan(400);
  });

  it('around every change of every zone, 2020 to 2030', () => {
    for (const { zone, at } of changes) expectTicksAtStartsOfDays(zone, addMs(at, -DAY_MS));
  });

  it('on any days of any zone', () => {
    fc.assert(fc.property(zone, instantsOfTheDecade, expectTicksAtStartsOfDays), { numRuns: 300 });
  });
});

describe('localDate', () => {
  it('never goes back as time goes on', () => {
    const step = fc.integer({ min: 0, max: 2 * DAY_MS });
    fc.assert(
      fc.property(fc.constantFrom(...changes), step, step, ({ zone, at }, before, after) => {
        expect(localDate(zone, addMs(at, -before)) <= localDate(zone, addMs(at, after))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('reads the same in UTC whether by the short way or by the calendar of a zone without an offset', () => {
    fc.assert(
      fc.property(instantsOfTheDecade, (at) => {
        expect(localDate('UTC', at)).toBe(localDate('Africa/Abidjan', at));
      }),
    );
  });
});

describe('localTime', () => {
  it.each([
    ['UTC', '2026-11-24T07:05:59.999Z', '07:05'],
    ['UTC', '+012026-11-24T23:59:00Z', '23:59'],
    ['Europe/Berlin', '2026-11-24T23:30:00Z', '00:30'],
    ['Asia/Kathmandu', '2026-11-24T18:14:00Z', '23:59'],
  ])('in %s, %s is %s', (zone, at, time) => {
    expect(localTime(zone, instant(at))).toBe(time);
  });
});

describe('what is no zone and no day', () => {
  const noon = instant('2026-11-24T12:00:00Z');
  const today = '2026-11-24' as LocalDate;

  it.each(['Mars/Olympus', '', 7, null, undefined, ['Europe/Berlin']])(
    'refuses the zone %j by name',
    (given) => {
      const zone = given as string;
      startOfDay('Europe/Berlin', today);
      for (const call of [
        () => localDate(zone, noon),
        () => localTime(zone, noon),
        () => startOfDay(zone, today),
      ])
        expect(call).toThrow(/^Option zone must be an IANA time zone such as "Europe\/Berlin"; got /);
    },
  );

  it.each([new Date(noon), 20_261_124, null])('refuses the date %j, which is not text', (given) => {
    const date = given as unknown as LocalDate;
    for (const call of [
      () => startOfDay('Europe/Berlin', date),
      () => addDays(date, 1),
      () => daysBetween(today, date),
      () => dayOfWeek(date),
    ])
      expect(call).toThrow(/^Option date must be a calendar day such as "2026-11-24"; got /);
  });

  it('refuses text that is no day, and a number that is no instant', () => {
    for (const date of ['2026-11-31T', 'tomorrow', '2026-13-01'] as LocalDate[])
      expect(() => startOfDay('Europe/Berlin', date)).toThrow(
        expect.objectContaining({ code: 'INVALID_INSTANT' }),
      );
    expect(() => localDate('Europe/Berlin', Number.NaN as Instant)).toThrow(/is not an instant/);
  });
});

describe('days of the calendar', () => {
  const span = fc.integer({ min: -4_000, max: 4_000 });

  it('addDays and daysBetween undo each other', () => {
    fc.assert(
      fc.property(dates, span, (date, days) => {
        expect(daysBetween(date, addDays(date, days))).toBe(days);
        expect(addDays(addDays(date, days), -days)).toBe(date);
      }),
    );
  });

  it('sort as text in the order in which they come', () => {
    fc.assert(
      fc.property(dates, span, (date, days) => {
        expect(Math.sign(days)).toBe(addDays(date, days) > date ? 1 : addDays(date, days) < date ? -1 : 0);
      }),
    );
  });

  it.each([
    ['2024-02-28', 1, '2024-02-29'],
    ['2025-02-28', 1, '2025-03-01'],
    ['2026-12-31', 1, '2027-01-01'],
    ['2026-03-01', -1, '2026-02-28'],
  ])('%s and %d days are %s', (date, days, expected) => {
    expect(addDays(date as LocalDate, days)).toBe(expected);
  });

  it('dayOfWeek counts from Sunday, and goes up by one a day', () => {
    expect(dayOfWeek('2026-11-22' as LocalDate)).toBe(0);
    expect(dayOfWeek('2026-11-24' as LocalDate)).toBe(2);
    fc.assert(
      fc.property(dates, (date) => {
        expect(dayOfWeek(addDays(date, 1))).toBe((dayOfWeek(date) + 1) % 7);
      }),
    );
  });
});

/** Two days of a zone: its midnights as the schedule names them, and as the calendar begins its days. */
function expectTicksAtStartsOfDays(zone: string, from: Instant): void {
  const through = addMs(from, 2 * DAY_MS);
  const ticks = new CronerScheduleParser()
    .parse({ cron: '0 0 * * *', timeZone: zone })
    .between(from, through);
  const starts = [];
  for (let date = localDate(zone, from); date <= localDate(zone, through); date = addDays(date, 1)) {
    const start = startOfDay(zone, date);
    if (start > from && start <= through) starts.push(start);
  }
  expect({ zone, starts: [...ticks].map(iso) }).toEqual({ zone, starts: starts.map(iso) });
}

/** A change of a zone's clocks: from `at` on they read something else. `what` tells it from every other. */
interface ChangeOfClocks {
  readonly zone: string;
  readonly at: Instant;
  readonly what: string;
}

/** Every change of a zone's clocks from 2020 to 2030, to the minute. */
function changesOfClocks(zone: string): readonly ChangeOfClocks[] {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const offsetAt = (at: number): string => format.format(at).split(', ')[1]!;
  const found: ChangeOfClocks[] = [];
  // Short enough for the clocks that go back for Ramadan and forth after it.
  const step = 14 * DAY_MS;
  for (let from = Date.UTC(2020, 0, 1); from < Date.UTC(2031, 0, 1); from += step) {
    let [before, after] = [from, from + step];
    const [old, now] = [offsetAt(before), offsetAt(after)];
    if (old === now) continue;
    while (after - before > MINUTE_MS) {
      const middle = before + Math.floor((after - before) / 2 / MINUTE_MS) * MINUTE_MS;
      if (offsetAt(middle) === old) before = middle;
      else after = middle;
    }
    found.push({ zone, at: instant(after), what: `${after}: ${old} to ${now}` });
  }
  return found;
}
