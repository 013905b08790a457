import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { describe, expect, it } from 'vitest';
import { addMs, instant } from './instant.ts';
import { OneTimeSchedule, oneTimeSpec, withOneTimeSchedules } from './one-time-schedule.ts';
import { InvalidScheduleError, isTick, latestTick } from './schedule.ts';

const eve = instant('2026-12-24T17:00:00Z');
const [before, after] = [addMs(eve, -1), addMs(eve, 1)];
const parser = withOneTimeSchedules(new CronerScheduleParser());

describe('a schedule of one tick', () => {
  const schedule = parser.parse(oneTimeSpec({ at: '2026-12-24T18:00:00+01:00' }));

  it('has this tick, forwards, backwards and one by one, and no other', () => {
    expect([schedule.next(before), schedule.next(eve)]).toEqual([eve, null]);
    expect([schedule.previous(after), schedule.previous(eve)]).toEqual([eve, null]);
    expect([...schedule.between(before, eve)]).toEqual([eve]);
    expect([...schedule.between(eve, after)]).toEqual([]);
    expect([...schedule.between(addMs(eve, -9), before)]).toEqual([]);
    expect([isTick(schedule, eve), isTick(schedule, after), latestTick(schedule, eve)]).toEqual([
      true,
      false,
      eve,
    ]);
  });

  it('is recorded as text that is parsed again, to the millisecond', () => {
    const odd = instant('2026-12-24T17:00:00.007Z');
    const { cron, timeZone } = new OneTimeSchedule(odd);
    expect([cron, timeZone]).toEqual(['@at 2026-12-24T17:00:00.007Z', 'UTC']);
    expect(parser.parse({ cron, timeZone }).next(eve)).toBe(odd);
  });

  it.each([
    [{ cron: '@at tomorrow' }, 'write ISO text'],
    [{ cron: '@at 2026-12-24T17:00' }, 'write ISO text'],
    [{ cron: '@at 2026-12-24T17:00:00Z', timeZone: 'Europe/Berlin' }, 'leave timeZone out'],
    [{ cron: '@attic' }, 'this nickname does not exist'],
  ])('is refused as %j', (spec, problem) => {
    expect(() => parser.parse(spec)).toThrow(InvalidScheduleError);
    expect(() => parser.parse(spec)).toThrow(problem);
  });

  it('leaves cron expressions to the parser', () => {
    expect(parser.parse({ cron: '@daily' }).next(eve)).toBe(instant('2026-12-25T00:00:00Z'));
  });
});
