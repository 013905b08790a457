import { HOUR_MS, MINUTE_MS, addMs, instant, type Instant } from '@gamekeeper/core';
import { describe, expect, it } from 'vitest';
import { readCronExpression } from './cron-expression.ts';
import { CronerSchedule } from './croner-schedule.ts';
import { ZoneOffsets } from './zone-offsets.ts';

const noon = instant('2026-11-24T12:00:00Z');
const hour = (count: number): Instant => addMs(noon, count * HOUR_MS);

/** An hourly schedule that counts how often it searches for a match: each search costs far more than all else. */
function counted(cron = '0 * * * *') {
  const expression = readCronExpression(cron);
  let searches = 0;
  const schedule = new CronerSchedule({
    cron,
    zone: 'UTC',
    expression: {
      isFixedTime: expression.isFixedTime,
      next: (after) => {
        searches += 1;
        return expression.next(after);
      },
    },
    offsets: new ZoneOffsets('UTC'),
  });
  /** How many searches some questions cost. */
  const cost = (ask: () => unknown): number => {
    const before = searches;
    ask();
    return searches - before;
  };
  return { schedule, cost };
}

describe('the cost of a schedule', () => {
  it('is one search for everything that is asked of the time up to the next tick', () => {
    const { schedule, cost } = counted();
    expect(cost(() => schedule.next(noon))).toBe(1);
    for (const minutes of [0, 1, 30, 59]) {
      const at = addMs(noon, minutes * MINUTE_MS);
      expect(cost(() => expect(schedule.next(at)).toBe(hour(1)))).toBe(0);
    }
    expect(cost(() => expect(schedule.next(hour(1))).toBe(hour(2)))).toBe(1);
    expect(cost(() => expect(schedule.next(addMs(noon, -1))).toBe(noon))).toBe(1);
  });

  it('is one search for each tick of a walk, and none for the walk back over the last tick', () => {
    const { schedule, cost } = counted();
    expect(cost(() => [...schedule.between(noon, hour(3))])).toBe(4);
    expect(cost(() => expect(schedule.previous(addMs(hour(3), 1))).toBe(hour(3)))).toBe(0);
    expect(cost(() => expect(schedule.previous(hour(4))).toBe(hour(3)))).toBe(0);
    expect(cost(() => expect(schedule.previous(hour(3))).toBe(hour(2)))).toBe(0);
  });

  it('is nothing for looking back again from the same interval, nor for looking on from there', () => {
    const { schedule, cost } = counted();
    expect(cost(() => schedule.previous(addMs(noon, 10)))).toBeGreaterThan(0);
    expect(cost(() => expect(schedule.previous(addMs(noon, 1))).toBe(noon))).toBe(0);
    expect(cost(() => expect(schedule.previous(hour(1))).toBe(noon))).toBe(0);
    expect(cost(() => expect(schedule.next(addMs(noon, 20))).toBe(hour(1)))).toBe(0);
    // A tick is not before itself.
    expect(cost(() => expect(schedule.previous(noon)).toBe(hour(-1)))).toBeGreaterThan(0);
  });

  it('takes no instant for a tick only because it was asked about', () => {
    const { schedule } = counted();
    const asked = addMs(noon, 10 * MINUTE_MS);
    schedule.next(asked);
    expect(schedule.previous(hour(1))).toBe(noon);
    expect(schedule.previous(addMs(asked, 1))).toBe(noon);
  });

  it('stays as low for four who ask about different times by turns, whom a fifth disturbs', () => {
    const { schedule, cost } = counted();
    const ask = (count: number) => () => schedule.next(hour(10 * count));
    for (const one of [0, 1, 2, 3]) expect(cost(ask(one))).toBe(1);
    for (const one of [0, 1, 2, 3]) expect(cost(ask(one))).toBe(0);
    expect(cost(ask(4))).toBe(1);
    for (const one of [1, 2, 3, 4]) expect(cost(ask(one))).toBe(0);
    expect(cost(ask(0))).toBe(1);
  });

  it('is nothing where the calendar has ended', () => {
    const { schedule, cost } = counted();
    const end = instant('3000-01-02T00:00:00Z');
    expect(cost(() => expect(schedule.next(end)).toBeNull())).toBe(0);
    expect(schedule.next(addMs(end, -1))).toBeNull();
    expect(cost(() => expect(schedule.next(addMs(end, -1))).toBeNull())).toBe(0);
    expect(schedule.previous(addMs(end, 5))).toBe(instant('2999-12-31T23:00:00Z'));
  });
});
