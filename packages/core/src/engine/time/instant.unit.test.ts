import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant, iso } from './instant.ts';

describe('instant', () => {
  it('reads ISO text with its zone, a Date and milliseconds alike', () => {
    const expected = Date.UTC(2026, 10, 24);
    for (const value of [
      '2026-11-24T00:00:00Z',
      '2026-11-24T01:00+01:00',
      '2026-11-24 00:00:00.000Z',
      new Date(expected),
      expected,
    ]) {
      expect(instant(value)).toBe(expected);
    }
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
  ])('refuses %s, which is no instant or names no zone', (value) => {
    expect(() => instant(value)).toThrow(expect.objectContaining({ code: 'INVALID_INSTANT' }));
  });

  it('gives back what iso wrote', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (date) => {
        expect(instant(iso(instant(date)))).toBe(date.getTime());
      }),
    );
  });
});
