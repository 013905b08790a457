import { instant, iso, type ScheduleSpec } from '@gamekeeper/core';
import { type ScheduleParser } from '@gamekeeper/core/ports';
import { deepEqual } from '../assertions.ts';
import type { Sentence } from '../contract.ts';
import type { ScheduleParserHarness } from './schedule-parser-harness.ts';

/** Cases about the two days of 2026 on which Berlin changes its clocks: 29 March at 01:00Z, 25 October at 01:00Z. */
export const clockChanges: readonly Sentence<ScheduleParserHarness>[] = [
  {
    name: 'runs a job at a fixed time right after the gap that skips its time',
    check: async (create) => {
      const { scheduleParser } = await create();
      deepEqual(ticks(scheduleParser, '30 2 * * *', '2026-03-28T00:00:00Z', '2026-03-31T00:00:00Z'), [
        '2026-03-28T01:30:00.000Z',
        '2026-03-29T01:00:00.000Z',
        '2026-03-30T00:30:00.000Z',
      ]);
    },
  },
  {
    name: 'runs a job at a fixed time once, at the first occurrence, if its time occurs twice',
    check: async (create) => {
      const { scheduleParser } = await create();
      deepEqual(ticks(scheduleParser, '30 2 * * *', '2026-10-24T00:00:00Z', '2026-10-27T00:00:00Z'), [
        '2026-10-24T00:30:00.000Z',
        '2026-10-25T00:30:00.000Z',
        '2026-10-26T01:30:00.000Z',
      ]);
    },
  },
  {
    name: 'follows elapsed time with a job at intervals: over the gap, and through the hour that occurs twice',
    check: async (create) => {
      const { scheduleParser } = await create();
      deepEqual(ticks(scheduleParser, '*/30 2 * * *', '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z'), [
        '2026-03-30T00:00:00.000Z',
        '2026-03-30T00:30:00.000Z',
      ]);
      deepEqual(ticks(scheduleParser, '*/30 2 * * *', '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z'), [
        '2026-10-25T00:00:00.000Z',
        '2026-10-25T00:30:00.000Z',
        '2026-10-25T01:00:00.000Z',
        '2026-10-25T01:30:00.000Z',
      ]);
    },
  },
];

function ticks(
  parser: ScheduleParser,
  cron: ScheduleSpec['cron'],
  after: string,
  through: string,
): readonly string[] {
  const schedule = parser.parse({ cron, timeZone: 'Europe/Berlin' });
  return [...schedule.between(instant(after), instant(through))].map(iso);
}
