import { instant, iso, type Instant, type ScheduleSpec } from '@gamekeeper/core';
import { type ScheduleParser } from '@gamekeeper/core/ports';
import { deepEqual, equal, throws } from '../assertions.ts';
import type { Sentence } from '../contract.ts';
import type { ScheduleParserHarness } from './schedule-parser-harness.ts';

/** Cases about what a specification says. */
export const validSpecs: readonly Sentence<ScheduleParserHarness>[] = [
  {
    name: 'uses UTC unless a time zone is given',
    check: async (create) => {
      const { scheduleParser } = await create();
      const at = instant('2026-07-01T12:00:00Z');
      const midnight = scheduleParser.parse({ cron: '0 0 * * *' });
      equal(midnight.timeZone, 'UTC');
      equal(isoOrNull(midnight.next(at)), '2026-07-02T00:00:00.000Z');
      const inBerlin = scheduleParser.parse({ cron: '0 0 * * *', timeZone: 'Europe/Berlin' });
      equal(isoOrNull(inBerlin.next(at)), '2026-07-01T22:00:00.000Z');
    },
  },
  {
    name: 'keeps the expression and the time zone as they were given',
    check: async (create) => {
      const { scheduleParser } = await create();
      const { cron, timeZone } = scheduleParser.parse({ cron: '5 4 * * *', timeZone: 'Asia/Kolkata' });
      deepEqual({ cron, timeZone }, { cron: '5 4 * * *', timeZone: 'Asia/Kolkata' });
    },
  },
  {
    name: 'reads six fields with the seconds first',
    check: async (create) => {
      const { scheduleParser } = await create();
      const schedule = scheduleParser.parse({ cron: '15 30 2 * * *' });
      equal(isoOrNull(schedule.next(instant('2026-11-24T00:00:00Z'))), '2026-11-24T02:30:15.000Z');
    },
  },
];

/** Cases about specifications that are rejected. */
export const invalidSpecs: readonly Sentence<ScheduleParserHarness>[] = [
  {
    name: 'rejects invalid expressions with INVALID_SCHEDULE when it parses them',
    check: async (create) => {
      const { scheduleParser } = await create();
      const invalid = [
        '',
        '* * * *',
        '0 0 0 1 1 * 2027',
        '61 * * * *',
        '0 24 * * *',
        '0 0 32 * *',
        '0 0 * 13 *',
      ];
      for (const cron of [...invalid, 'every day', '2026-11-24T00:00:00Z']) rejects(scheduleParser, { cron });
    },
  },
  {
    name: 'rejects expressions that never match a date with INVALID_SCHEDULE',
    check: async (create) => {
      const { scheduleParser } = await create();
      for (const cron of ['0 0 30 2 *', '0 0 31 4,6,9,11 *']) rejects(scheduleParser, { cron });
    },
  },
  {
    name: 'rejects unknown time zones with INVALID_SCHEDULE when it parses them',
    check: async (create) => {
      const { scheduleParser } = await create();
      for (const timeZone of ['Mars/Olympus', 'Berlin', '', '+02:00'])
        rejects(scheduleParser, { cron: '0 0 * * *', timeZone });
    },
  },
];

function rejects(parser: ScheduleParser, spec: ScheduleSpec): void {
  throws(() => parser.parse(spec), { code: 'INVALID_SCHEDULE' }, `accepted ${JSON.stringify(spec)}`);
}

function isoOrNull(tick: Instant | null): string | null {
  return tick === null ? null : iso(tick);
}
