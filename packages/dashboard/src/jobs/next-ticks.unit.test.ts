import { DAY_MS, HOUR_MS, instant, iso } from '@gamekeeper/core';
import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { describe, expect, it } from 'vitest';
import { NEXT_ON_A_PAGE, nextTicks } from './next-ticks.ts';

const parser = new CronerScheduleParser();
const now = instant('2026-03-20T12:00:00Z');

describe('nextTicks', () => {
  it('marks the days on which the clocks of the zone change, and no others', () => {
    const schedule = parser.parse({ cron: '30 2 * * *', timeZone: 'Europe/Berlin' });
    const changes = [];
    for (let after: typeof now | null = now; after !== null;) {
      const page: ReturnType<typeof nextTicks> = nextTicks(schedule, after, now);
      changes.push(...page.ticks.filter(({ clockChangeMs }) => clockChangeMs !== 0));
      after = page.more;
    }
    expect(
      changes.map(({ tick, localDate, clockChangeMs }) => [iso(tick), localDate, clockChangeMs]),
    ).toEqual([
      ['2026-03-29T01:00:00.000Z', '2026-03-29', HOUR_MS],
      ['2026-10-25T00:30:00.000Z', '2026-10-25', -HOUR_MS],
      ['2027-03-28T01:00:00.000Z', '2027-03-28', HOUR_MS],
    ]);
  });

  it('shows a page at a time, and nothing later than 400 days', () => {
    const hourly = parser.parse({ cron: '0 * * * *' });
    const page = nextTicks(hourly, now, now);
    expect(page.ticks).toHaveLength(NEXT_ON_A_PAGE);
    expect(nextTicks(hourly, page.more!, now).ticks[0]!.tick).toBe(now + (NEXT_ON_A_PAGE + 1) * HOUR_MS);
    const yearly = parser.parse({ cron: '0 0 24 12 *' });
    expect(nextTicks(yearly, now, now)).toMatchObject({ ticks: [{ localDate: '2026-12-24' }], more: null });
    expect(nextTicks(yearly, instant(now + 400 * DAY_MS), now)).toEqual({ ticks: [], more: null });
  });
});
