import { describe, expect, it } from 'vitest';
import { changedDays } from './changed-days.ts';
import type { LocalDate } from './zones.ts';

const date = (text: string) => text as LocalDate;

describe('changedDays', () => {
  it.each([
    ['Europe/Berlin', '2026-03-27', '2026-03-30', [{ day: '2026-03-29', hours: 23 }]],
    ['Europe/Berlin', '2026-10-25', '2026-10-25', [{ day: '2026-10-25', hours: 25 }]],
    ['Australia/Lord_Howe', '2026-04-04', '2026-04-06', [{ day: '2026-04-05', hours: 24.5 }]],
    ['Europe/Berlin', '2026-03-30', '2026-04-02', []],
    ['UTC', '2026-03-27', '2026-03-30', []],
  ])('in %s from %s through %s', (zone, from, through, expected) => {
    expect(changedDays(zone, date(from), date(through))).toEqual(expected);
  });

  it('returns nothing for a span that ends before it begins', () => {
    expect(changedDays('Europe/Berlin', date('2026-03-30'), date('2026-03-20'))).toEqual([]);
  });

  it('looks at the last 400 days of a longer span', () => {
    const days = changedDays('Europe/Berlin', date('1990-01-01'), date('2026-11-24'));
    expect(days.map(({ day }) => day)).toEqual(['2025-10-26', '2026-03-29', '2026-10-25']);
  });
});
