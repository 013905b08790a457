import { addMs, type ScheduleSpec } from '@gamekeeper/core';
import { type Schedule, type ScheduleParser } from '@gamekeeper/core/ports';
import { runContract, scheduleParserContract } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { CronerScheduleParser } from './croner-schedule-parser.ts';

const croner = new CronerScheduleParser();

describe('CronerScheduleParser', () => {
  runContract(scheduleParserContract({ create: () => ({ scheduleParser: croner }) }), it);
});

describe('scheduleParserContract', () => {
  const strictly = 'returns ticks strictly after and strictly before an instant, to the millisecond';

  it.each<[string, string, (spec: ScheduleSpec) => Schedule]>([
    ['returns the instant itself', strictly, (spec) => searching(spec, -1, 0)],
    ['looks back to the instant itself', strictly, (spec) => searching(spec, 0, 1)],
    [
      'forgets a tick backwards',
      'returns the same ticks forwards and backwards, in every time zone',
      (spec) => searching(spec, 0, -60_000),
    ],
    [
      'excludes the end of a span',
      'returns the ticks between two instants without the first instant and with the second, oldest first',
      (spec) => spanning(spec, -1),
    ],
    [
      'returns more ticks between two instants than one by one',
      'returns between two instants the ticks that it returns one by one',
      (spec) => spanning(spec, 3_600_000),
    ],
    [
      'has another state after a question',
      'returns the same ticks for equal specifications, whatever else was asked of them',
      forgetful,
    ],
    [
      'is in the time zone of Berlin unless one is given',
      'uses UTC unless a time zone is given',
      ({ cron, timeZone = 'Europe/Berlin' }) => croner.parse({ cron, timeZone }),
    ],
    [
      'ignores time zones',
      'runs a job at a fixed time right after the gap that skips its time',
      ({ cron }) => croner.parse({ cron }),
    ],
    [
      'ignores time zones',
      'runs a job at a fixed time once, at the first occurrence, if its time occurs twice',
      ({ cron }) => croner.parse({ cron }),
    ],
    [
      'runs intervals at fixed times',
      'follows elapsed time with a job at intervals: over the gap, and through the hour that occurs twice',
      ({ cron, ...spec }) => croner.parse({ ...spec, cron: cron.replace('*/30', '0,30') }),
    ],
    [
      'drops the seconds',
      'reads six fields with the seconds first',
      ({ cron, ...spec }) => croner.parse({ ...spec, cron: cron.split(' ').slice(-5).join(' ') }),
    ],
    [
      'loses the time zone',
      'keeps the expression and the time zone as they were given',
      ({ cron }) => croner.parse({ cron }),
    ],
    [
      'accepts any expression',
      'rejects invalid expressions with INVALID_SCHEDULE when it parses them',
      () => croner.parse({ cron: '0 0 * * *' }),
    ],
    [
      'accepts an expression that never matches',
      'rejects expressions that never match a date with INVALID_SCHEDULE',
      () => croner.parse({ cron: '0 0 * * *' }),
    ],
    [
      'accepts any time zone',
      'rejects unknown time zones with INVALID_SCHEDULE when it parses them',
      ({ cron }) => croner.parse({ cron }),
    ],
  ])('fails for a parser that %s: %s', async (_fault, name, parse) => {
    const scheduleParser: ScheduleParser = { parse };
    const found = scheduleParserContract({ create: () => ({ scheduleParser }) }).find(
      (one) => one.name === name,
    );
    await expect(found!.run()).rejects.toSatisfy(isFailedCase);
  });
});

/** Not any error: an assertion, alone or in a property. */
function isFailedCase(error: Error & { readonly code?: string }): boolean {
  return error.code === 'ERR_ASSERTION' || error.message.startsWith('Property failed');
}

function searching(spec: ScheduleSpec, nextByMs: number, previousByMs: number): Schedule {
  const schedule = croner.parse(spec);
  return {
    cron: schedule.cron,
    timeZone: schedule.timeZone,
    next: (after) => schedule.next(addMs(after, nextByMs)),
    previous: (before) => schedule.previous(addMs(before, previousByMs)),
    between: (after, through) => schedule.between(after, through),
  };
}

function spanning(spec: ScheduleSpec, throughByMs: number): Schedule {
  const schedule = croner.parse(spec);
  return {
    ...searching(spec, 0, 0),
    between: (after, through) => schedule.between(after, addMs(through, throughByMs)),
  };
}

/** After the first question it returns later ticks. */
function forgetful(spec: ScheduleSpec): Schedule {
  const schedule = croner.parse(spec);
  let asked = 0;
  return {
    ...searching(spec, 0, 0),
    next: (after) => schedule.next(addMs(after, 86_400_000 * asked++)),
  };
}
