import { DAY_MS, MINUTE_MS, instant, type Instant } from '@gamekeeper/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tickBefore } from './tick-before.ts';

const earliest = instant('2026-01-01T00:00:00Z');
const end = instant('2027-01-01T00:00:00Z');

/** Any ticks of a year, which begin and end somewhere, and a count of how often the next one was looked up. */
function ticksAt(ticks: readonly Instant[]) {
  let lookups = 0;
  const next = (after: Instant): Instant | null => {
    lookups += 1;
    return ticks.find((tick) => tick > after) ?? null;
  };
  return { next, lookups: () => lookups };
}

describe('tickBefore', () => {
  it('finds the last tick before an instant, and the one that follows it', () => {
    const at = fc.integer({ min: earliest, max: end }).map(instant);
    const close = fc.integer({ min: 0, max: 300 }).map((minutes) => instant(end - minutes * MINUTE_MS));
    const some = fc.uniqueArray(fc.oneof(at, close), { maxLength: 30 });
    fc.assert(
      fc.property(some, fc.oneof(at, close), (any, before) => {
        const ticks = any.toSorted((a, b) => a - b);
        const last = ticks.findLastIndex((tick) => tick < before && tick > earliest);
        const expected = last < 0 ? null : { from: ticks[last]!, to: ticks[last + 1] ?? null };
        expect(tickBefore(ticksAt(ticks).next, before, earliest)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('works before 1970, too', () => {
    const [first, second] = [instant('1968-05-01T00:00:00Z'), instant('1969-05-01T00:00:00Z')];
    const { next } = ticksAt([first, second]);
    const past = instant('1900-01-01T00:00:00Z');
    expect(tickBefore(next, instant('1969-12-31T00:00:00Z'), past)).toEqual({ from: second, to: null });
    expect(tickBefore(next, second, past)).toEqual({ from: first, to: second });
    expect(tickBefore(next, first, past)).toBeNull();
  });

  it('looks up few ticks, however many there are and however long ago', () => {
    const everyMinuteOfNewYear = Array.from({ length: 1_440 }, (_, minute) =>
      instant(earliest + minute * MINUTE_MS),
    );
    const { next, lookups } = ticksAt(everyMinuteOfNewYear);
    expect(tickBefore(next, end, instant(earliest - DAY_MS))?.from).toBe(everyMinuteOfNewYear.at(-1));
    expect(lookups()).toBeLessThan(60);
  });
});
