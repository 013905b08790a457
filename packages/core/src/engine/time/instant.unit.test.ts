import { instants } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LATEST_MS,
  addMs,
  instant,
  iso,
  maxInstant,
  minInstant,
  type Instant,
  type InstantLike,
} from './instant.ts';

describe('instant', () => {
  it.each([
    '2026-11-24T00:00:00Z',
    '2026-11-24T01:00+01:00',
    '2026-11-24T05:45:00.000000+0545',
    '2026-11-23T19:00:00-05:00',
    '2026-11-24 00:00:00.000Z',
    '2026-11-24 01:00:00 +01:00',
    '2026-11-24t00:00:00z',
    '+002026-11-24T00:00:00Z',
    new Date(Date.UTC(2026, 10, 24)),
    Date.UTC(2026, 10, 24),
  ])('reads %s, whatever its form', (value) => {
    expect(instant(value)).toBe(Date.UTC(2026, 10, 24));
  });

  it('cuts off what is less than a millisecond, also before 1970', () => {
    expect([1.9, -1.1].map((ms) => instant(ms))).toEqual([1, -2]);
    expect(instant('2026-11-24T00:00:00.0009Z')).toBe(Date.UTC(2026, 10, 24));
  });

  it('reaches as far as a Date, and no further', () => {
    for (const ms of [LATEST_MS, -LATEST_MS]) {
      expect(new Date(instant(ms)).getTime()).toBe(ms);
      expect(() => instant(ms * (1 + Number.EPSILON))).toThrow(/is not an instant/);
    }
    expect(instant('-000044-03-15T12:00:00Z')).toBe(Date.UTC(-44, 2, 15, 12));
  });

  it.each([
    '2026-11-24',
    '2026-11-24T00:00:00',
    'tomorrow',
    '',
    '2026-13-01T00:00:00Z',
    new Date(Number.NaN),
    Number.NaN,
    Infinity,
    9e15,
    ...([null, undefined, true, {}, [], 5n] as unknown as InstantLike[]),
  ])('refuses %s, which is no instant or names no zone', (value) => {
    expect(() => instant(value)).toThrow(expect.objectContaining({ code: 'INVALID_INSTANT' }));
  });

  // Date.parse would read each of these.
  it.each([
    'Tue 2026-11-24 00:00:00Z',
    '2026-11-24 00:00:00Z (Berlin)',
    '2026-11-24 00:00:00 PDT -07:00',
    '2026-11-24 10:00 PM Z',
    '2026-11-24 00:00:00-1',
    '2026-11-24 00:00:00 -1:00',
    '2026-11-24 00:00:00 -01:0',
    '2026-11-24 00:00:00  Z',
    '2026-11-24 00:00 GMT',
    '2026-1-24 00:00Z',
    '2026-11-2 00:00Z',
    '2026-11-24 0:00Z',
    '2026-11-24 00:0Z',
    '2026-11-24 00:00:0Z',
  ])('refuses %s, which is not ISO 8601', (value) => {
    expect(Date.parse(value)).not.toBeNaN();
    expect(() => instant(value)).toThrow(expect.objectContaining({ code: 'INVALID_INSTANT' }));
  });

  it('shows what was given, and says what to give', () => {
    expect(() => instant('24 November')).toThrow(
      /^"24 November" is not an instant; give milliseconds since 1970, a valid Date, or ISO text with its time zone/,
    );
  });

  it('gives back what iso wrote', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (date) => {
        expect(instant(iso(instant(date)))).toBe(date.getTime());
      }),
    );
  });
});

describe('instants', () => {
  it('are added to and compared as numbers; null is later than none', () => {
    fc.assert(
      fc.property(instants(), instants(), (a, b) => {
        expect(addMs(a, b - a)).toBe(b);
        expect(maxInstant(a, b)).toBe(Math.max(a, b));
        expect(minInstant(a, b)).toBe(Math.min(a, b));
        expect(maxInstant(a, null)).toBe(a);
      }),
    );
    expect(maxInstant(-5 as Instant, null)).toBe(-5);
  });
});
