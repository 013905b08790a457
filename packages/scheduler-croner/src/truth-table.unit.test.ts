/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { DAY_MS, MINUTE_MS, instant, iso } from '@gamekeeper/core';
import { describe, expect, it } from 'vitest';
import { clockOf } from '../test/zone-changes.ts';
import { CronerScheduleParser } from './croner-schedule-parser.ts';

const rows = truthTable(readFileSync(new URL('../../../docs/schedules.md', import.meta.url), 'utf8'));

describe('the truth table in docs/schedules.md', () => {
  it('has rows', () => {
    expect(rows.length).toBeGreaterThan(30);
  });

  it.each(rows)('$zone on $day, $clocks: $cron ticks at $ticks', ({ zone, day, cron, ticks }) => {
    const { first, last } = localDay(zone, day);
    const schedule = new CronerScheduleParser().parse({ cron, timeZone: zone });
    const found = [...schedule.between(instant(first - 1), instant(last))].map(iso);
    expect(found).toEqual(ticks.map((tick) => iso(instant(tick))));
  });
});

interface Row {
  readonly zone: string;
  readonly day: string;
  readonly clocks: string;
  readonly cron: string;
  readonly ticks: readonly string[];
}

function truthTable(text: string): readonly Row[] {
  return text
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .flatMap(([, zone = '', day = '', clocks = '', cron = '', ticks = '']) => {
      if (!/^\d{4}-\d\d-\d\d$/.test(day)) return [];
      const times = ticks === 'none' ? [] : ticks.split(', ');
      return [
        { zone, day, clocks, cron, ticks: times.map((time) => `${day}T${time.replace(/[+-]/, ':00$&')}`) },
      ];
    });
}

/** Returns the first and the last instant of a local day; a day that the zone skips has `first` after `last`. */
function localDay(zone: string, day: string): { readonly first: number; readonly last: number } {
  const clock = clockOf(zone);
  const start = Date.parse(`${day}T00:00:00Z`);
  let first = start - DAY_MS;
  while (clock(first) < start) first += MINUTE_MS;
  let next = first;
  while (clock(next) < start + DAY_MS) next += MINUTE_MS;
  return { first, last: next - 1 };
}
