import { DAY_MS, MINUTE_MS, addMs, instant, iso, type Instant } from '@gamekeeper/core';
import { type Schedule } from '@gamekeeper/core/ports';
import fc from 'fast-check';
import { deepEqual, equal, ok } from '../assertions.ts';
import { instants, zones } from '../../arbitraries/time.ts';
import { contractCases, type ContractCase, type ContractOptions, type Sentence } from '../contract.ts';
import { clockChanges } from './clock-changes.ts';
import type { ScheduleParserHarness } from './schedule-parser-harness.ts';
import { invalidSpecs, validSpecs } from './schedule-specs.ts';

/**
 * The contract of `ScheduleParser` and of the `Schedule` that it returns.
 *
 * @example
 * runContract(scheduleParserContract({ create: () => ({ scheduleParser: new CronerScheduleParser() }) }), it);
 */
export function scheduleParserContract(
  options: ContractOptions<ScheduleParserHarness>,
): readonly ContractCase[] {
  return contractCases(options, [...searches, ...agreement, ...clockChanges, ...validSpecs, ...invalidSpecs]);
}

const expressions = [
  '* * * * *',
  '*/15 * * * *',
  '0 * * * *',
  '30 2 * * *',
  '0 8,20 * * *',
  '0 0 * * 1',
  '0 0 1 * *',
  '15 30 2 * * *',
] as const;

/** Half of these instants are whole minutes, at which ticks occur. */
const someInstants = fc.oneof(
  instants(),
  instants().map((at) => instant(Math.floor(at / MINUTE_MS) * MINUTE_MS)),
);

const searches: readonly Sentence<ScheduleParserHarness>[] = [
  {
    name: 'returns ticks strictly after and strictly before an instant, to the millisecond',
    check: async (create) => {
      const { scheduleParser } = await create();
      const daily = scheduleParser.parse({ cron: '0 1 * * *' });
      for (const [at, next, previous] of [
        ['2026-11-24T00:59:59.999Z', '2026-11-24T01:00:00.000Z', '2026-11-23T01:00:00.000Z'],
        ['2026-11-24T01:00:00.000Z', '2026-11-25T01:00:00.000Z', '2026-11-23T01:00:00.000Z'],
        ['2026-11-24T01:00:00.001Z', '2026-11-25T01:00:00.000Z', '2026-11-24T01:00:00.000Z'],
      ] as const) {
        equal(isoOrNull(daily.next(instant(at))), next, `next after ${at}`);
        equal(isoOrNull(daily.previous(instant(at))), previous, `previous before ${at}`);
      }
    },
  },
  {
    name: 'returns the ticks between two instants without the first instant and with the second, oldest first',
    check: async (create) => {
      const { scheduleParser } = await create();
      const hourly = scheduleParser.parse({ cron: '0 * * * *' });
      const between = (after: string, through: string): readonly string[] =>
        [...hourly.between(instant(after), instant(through))].map(iso);
      deepEqual(between('2026-11-24T01:00:00Z', '2026-11-24T03:00:00Z'), [
        '2026-11-24T02:00:00.000Z',
        '2026-11-24T03:00:00.000Z',
      ]);
      deepEqual(between('2026-11-24T01:00:00Z', '2026-11-24T01:59:59.999Z'), []);
      deepEqual(between('2026-11-24T03:00:00Z', '2026-11-24T01:00:00Z'), []);
    },
  },
  {
    name: 'computes the ticks between two instants only when they are read',
    check: async (create) => {
      const { scheduleParser } = await create();
      const everyMinute = scheduleParser.parse({ cron: '* * * * *' });
      const first: string[] = [];
      for (const tick of everyMinute.between(
        instant('2026-01-01T00:00:00Z'),
        instant('2046-01-01T00:00:00Z'),
      )) {
        first.push(iso(tick));
        if (first.length === 2) break;
      }
      deepEqual(first, ['2026-01-01T00:01:00.000Z', '2026-01-01T00:02:00.000Z']);
    },
  },
];

const agreement: readonly Sentence<ScheduleParserHarness>[] = [
  {
    name: 'returns the same ticks forwards and backwards, in every time zone',
    check: async (create, settings) => {
      const { scheduleParser } = await create();
      const property = fc.property(
        fc.constantFrom(...expressions),
        zones(),
        someInstants,
        (cron, timeZone, at) => {
          const schedule = scheduleParser.parse({ cron, timeZone });
          const next = existing(schedule.next(at));
          const previous = existing(schedule.previous(at));
          ok(next > at && previous < at);
          const isTick = schedule.previous(addMs(at, 1)) === at;
          equal(schedule.next(previous), isTick ? at : next);
          equal(schedule.previous(next), isTick ? at : previous);
          equal(schedule.next(addMs(at, -1)), isTick ? at : next);
        },
      );
      fc.assert(property, settings);
    },
  },
  {
    name: 'returns between two instants the ticks that it returns one by one',
    check: async (create, settings) => {
      const { scheduleParser } = await create();
      const property = fc.property(
        fc.constantFrom(...expressions.slice(1)),
        zones(),
        someInstants,
        fc.integer({ min: 0, max: 2 * DAY_MS }),
        (cron, timeZone, after, spanMs) => {
          const schedule = scheduleParser.parse({ cron, timeZone });
          const through = addMs(after, spanMs);
          const forwards = [...oneByOne(schedule, after, through)];
          deepEqual([...schedule.between(after, through)], forwards);
          deepEqual([...backwards(schedule, after, through)].toReversed(), forwards);
        },
      );
      fc.assert(property, settings);
    },
  },
  {
    name: 'returns the same ticks for equal specifications, whatever else was asked of them',
    check: async (create, settings) => {
      const { scheduleParser } = await create();
      const property = fc.property(
        fc.constantFrom(...expressions),
        zones(),
        fc.array(someInstants, { minLength: 1, maxLength: 5 }),
        (cron, timeZone, asked) => {
          const spec = { cron, timeZone };
          const used = scheduleParser.parse(spec);
          const ticks = asked.map((at) => [used.next(at), used.previous(at)]);
          const fresh = asked.toReversed().map((at) => {
            const schedule = scheduleParser.parse(spec);
            return [schedule.next(at), schedule.previous(at)];
          });
          deepEqual(fresh.toReversed(), ticks);
        },
      );
      fc.assert(property, settings);
    },
  },
];

function* oneByOne(schedule: Schedule, after: Instant, through: Instant): Iterable<Instant> {
  for (let tick = schedule.next(after); tick !== null && tick <= through; tick = schedule.next(tick))
    yield tick;
}

function* backwards(schedule: Schedule, after: Instant, through: Instant): Iterable<Instant> {
  let tick = schedule.previous(addMs(through, 1));
  for (; tick !== null && tick > after; tick = schedule.previous(tick)) yield tick;
}

function existing(tick: Instant | null): Instant {
  ok(tick !== null, 'the schedule ended');
  return tick;
}

function isoOrNull(tick: Instant | null): string | null {
  return tick === null ? null : iso(tick);
}
