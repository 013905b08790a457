import { instant } from '@gamekeeper/core';
import { expect, it } from 'vitest';
import { count, counted, duration, utc } from './format.ts';

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_000, '1.0 s'],
  [12_400, '12 s'],
  [185_000, '3 min 5 s'],
  [3_600_000, '1 h'],
  [7_800_000, '2 h 10 min'],
  [40 * 3_600_000, '40 h'],
  [3 * 86_400_000 + 3_600_000, '3 d 1 h'],
  [-1_500, '−1.5 s'],
])('writes %d ms as %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it('writes instants in UTC, with no more than they have', () => {
  expect(utc(instant('2026-11-24T00:00:00Z'))).toBe('2026-11-24 00:00');
  expect(utc(instant('2026-11-24T01:02:03Z'))).toBe('2026-11-24 01:02:03');
  expect(utc(instant('2026-11-24T01:02:00.250Z'))).toBe('2026-11-24 01:02:00.250');
});

it('writes numbers with separators and the right form of the noun', () => {
  expect([count(1_234_567), counted(1, 'tick'), counted(0, 'tick')]).toEqual([
    '1,234,567',
    '1 tick',
    '0 ticks',
  ]);
});
