import { HOUR_MS, instant, type Instant } from '@gamekeeper/core';
import { type Schedule } from '@gamekeeper/core/ports';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cronCases, dailyAt, everyMinutes, timeOfDay, type CronCase } from '../test/cron-cases.ts';
import { readingsAround, ticksByTheClock } from '../test/ticks-by-the-clock.ts';
import { everyZoneChange, type ZoneChange } from '../test/zone-changes.ts';
import { CronerScheduleParser } from './croner-schedule-parser.ts';

const changes = everyZoneChange();
const anyChange = fc.constantFrom(...changes);

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('law 9: ticks equal the schedule’s across every change of a zone’s clocks, 2020 to 2030', () => {
  it('has the zones whose clocks change', () => {
    expect(changes.length).toBeGreaterThan(500);
  });

  it('daily and half-hourly jobs tick as the clock shows, forwards and backwards, at every change of every zone', () => {
    const crons = [dailyAt(0, 0), dailyAt(2, 30), dailyAt(23, 30), everyMinutes(30)];
    for (const change of changes) {
      const readings = readingsAround(change);
      for (const cron of crons) {
        const schedule = parsed(cron, change);
        const ticks = forwards(schedule, readings.from, readings.through);
        expectSame(cron, change, ticks, ticksByTheClock(cron, readings));
        expect(parsed(cron, change).next(change.at)).toBe(ticks.find((tick) => tick > change.at));
        const from = instant(change.at - 2 * HOUR_MS);
        const through = instant(change.at + 2 * HOUR_MS);
        const near = ticks.filter((tick) => tick > from && tick <= through);
        expectSame(cron, change, backwards(schedule, from, through), near);
      }
    }
  });

  it('a job at a fixed time runs exactly once per local day, whatever its time and zone', () => {
    fc.assert(
      fc.property(timeOfDay, anyChange, ({ hour, minute }, change) => {
        expectTicksByTheClock(dailyAt(hour, minute), change);
      }),
      { numRuns: 400 },
    );
  });

  it('any expression ticks as the clock shows', () => {
    fc.assert(fc.property(cronCases, anyChange, expectTicksByTheClock), { numRuns: 600 });
  });

  it('searching forwards, backwards and one by one gives the same ticks', () => {
    fc.assert(
      fc.property(cronCases, anyChange, fc.integer({ min: 1, max: 60 }), (cron, { zone, at }, hours) => {
        const from = instant(at - (hours * HOUR_MS) / 10);
        const through = instant(at + (hours * HOUR_MS) / 10);
        const ticks = forwards(parsed(cron, { zone }), from, through).slice(0, 200);
        const last = ticks.at(-1) ?? through;
        expect(backwards(parsed(cron, { zone }), from, last)).toEqual(ticks);
        expect(oneByOne(cron, zone, from, last)).toEqual(ticks);
      }),
      { numRuns: 300 },
    );
  });

  it('returns the neighbouring ticks of any instant, in any order of calls', () => {
    const offset = fc.oneof(
      fc.integer({ min: -27 * HOUR_MS, max: 27 * HOUR_MS }),
      fc.integer({ min: -2 * HOUR_MS, max: 2 * HOUR_MS }),
      fc.integer({ min: -12, max: 12 }).map((quarters) => (quarters * HOUR_MS) / 4),
    );
    const question = fc.record({
      ask: fc.constantFrom('next', 'previous'),
      offset,
      besides: fc.constantFrom(-1, 0, 1),
      goOn: fc.boolean(),
    });
    const questions = fc.array(question, { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(cronCases, anyChange, questions, (cron, change, asked) => {
        const readings = readingsAround(change);
        const ticks = ticksByTheClock(cron, readings);
        const within = (tick: number | null): number | undefined =>
          tick !== null && tick > readings.from && tick <= readings.through ? tick : undefined;
        const schedule = parsed(cron, change);
        let answer: number | undefined;
        for (const { ask, offset, besides, goOn } of asked) {
          // The edges of the cache are around the last result.
          const about = instant((goOn && answer !== undefined ? answer : change.at + offset) + besides);
          if (about < readings.from || about > readings.through) continue;
          answer = within(schedule[ask](about));
          const expected =
            ask === 'next' ? ticks.find((tick) => tick > about) : ticks.findLast((tick) => tick < about);
          expect({ ask, about, answer }).toEqual({ ask, about, answer: expected });
        }
      }),
      { numRuns: 400 },
    );
  });

  it('the time zone of the process does not matter', () => {
    const cases = fc.sample(fc.tuple(cronCases, anyChange), { numRuns: 100, seed: 2026 });
    const processZones = { UTC: 0, 'America/Santiago': 180, 'Australia/Lord_Howe': -660 };
    const answers = Object.entries(processZones).map(([zone, offset]) => {
      vi.stubEnv('TZ', zone);
      expect(new Date('2026-01-01T12:00').getTimezoneOffset()).toBe(offset);
      return cases.map(([cron, change]) => {
        const schedule = parsed(cron, change);
        return [schedule.previous(change.at), schedule.next(change.at)];
      });
    });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });
});

function parsed(cron: CronCase, { zone }: Pick<ZoneChange, 'zone'>): Schedule {
  return new CronerScheduleParser().parse({ cron: cron.cron, timeZone: zone });
}

function expectTicksByTheClock(cron: CronCase, change: ZoneChange): void {
  const readings = readingsAround(change);
  const ticks = forwards(parsed(cron, change), readings.from, readings.through);
  expectSame(cron, change, ticks, ticksByTheClock(cron, readings));
}

function expectSame(
  { cron }: CronCase,
  { zone, at }: ZoneChange,
  ticks: readonly number[],
  expected: readonly number[],
): void {
  const readable = (all: readonly number[]): unknown => ({
    schedule: `${cron} in ${zone} around ${new Date(at).toISOString()}`,
    ticks: all.map((tick) => new Date(tick).toISOString()),
  });
  if (JSON.stringify(ticks) !== JSON.stringify(expected)) expect(readable(ticks)).toEqual(readable(expected));
}

function forwards(schedule: Schedule, after: Instant, through: Instant): Instant[] {
  return [...schedule.between(after, through)];
}

function backwards(schedule: Schedule, after: Instant, through: Instant): Instant[] {
  const ticks: Instant[] = [];
  let tick = schedule.previous(instant(through + 1));
  for (; tick !== null && tick > after; tick = schedule.previous(tick)) ticks.unshift(tick);
  return ticks;
}

function oneByOne(cron: CronCase, zone: string, after: Instant, through: Instant): Instant[] {
  const ticks: Instant[] = [];
  let tick = parsed(cron, { zone }).next(after);
  for (; tick !== null && tick <= through; tick = parsed(cron, { zone }).next(tick)) ticks.push(tick);
  return ticks;
}
