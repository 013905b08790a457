import { DAY_MS, MINUTE_MS, instant, type Instant } from '@gamekeeper/core';

/** An instant at which the clocks of a zone jump. */
export interface ZoneChange {
  readonly zone: string;
  readonly at: Instant;
}

/**
 * Returns the reading of a zone's clocks, as the milliseconds since 1970 at which UTC has the same reading. It uses the
 * platform's clock fields, while the tested code uses offsets.
 */
export function clockOf(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  });
  return (at) => {
    const [month = 0, day = 0, year = 0, hour, minute, second] = format.format(at).match(/\d+/g)!.map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

/** Returns every change of a zone's clocks from 2020 to 2030, found week by week. */
export function zoneChanges(zone: string): readonly ZoneChange[] {
  const clock = clockOf(zone);
  const offsetAt = (at: number): number => clock(at) - at;
  const changes: ZoneChange[] = [];
  let week = Date.UTC(2020, 0, 1);
  let offset = offsetAt(week);
  for (; week < Date.UTC(2031, 0, 1); week += 7 * DAY_MS) {
    const next = offsetAt(week + 7 * DAY_MS);
    if (next === offset) continue;
    let before = week;
    let after = week + 7 * DAY_MS;
    while (after - before > MINUTE_MS) {
      const middle = before + Math.floor((after - before) / 2 / MINUTE_MS) * MINUTE_MS;
      if (offsetAt(middle) === offset) before = middle;
      else after = middle;
    }
    changes.push({ zone, at: instant(after) });
    offset = next;
  }
  return changes;
}

/** Every time zone that the platform knows. */
export const everyZone: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone')];

/** The changes of every zone. Zones with the same readings in all these years are merged. */
export function everyZoneChange(): readonly ZoneChange[] {
  const distinct = new Map<string, readonly ZoneChange[]>();
  for (const zone of everyZone) {
    const clock = clockOf(zone);
    const changes = zoneChanges(zone);
    const readings = changes.map(({ at }) => [at, clock(at - 1), clock(at)]);
    distinct.set(JSON.stringify([clock(Date.UTC(2020, 0, 1)), ...readings]), changes);
  }
  return [...distinct.values()].flat();
}
