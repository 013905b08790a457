import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type Instant } from '@gamekeeper/core';
import type { CronCase } from './cron-cases.ts';
import { clockOf, type ZoneChange } from './zone-changes.ts';

/** The readings of a zone's clocks at every minute around one change. */
export interface Readings {
  /** The span in which every tick is known: `(from, through]`. */
  readonly from: Instant;
  readonly through: Instant;
  /** Instant and reading, minute by minute, with a spare hour on both sides. */
  readonly minutes: readonly (readonly [at: number, wall: number])[];
  readonly firstAt: ReadonlyMap<number, number>;
  readonly days: ReadonlySet<number>;
}

const QUARTER_MS = 15 * MINUTE_MS;
const AROUND_MS = 27 * HOUR_MS;
const SPARE_MS = HOUR_MS;

/** Reads the clock around a change: every quarter of an hour, and every minute in the quarter with the change. */
export function readingsAround({ zone, at }: ZoneChange): Readings {
  const clock = clockOf(zone);
  const minutes: (readonly [number, number])[] = [];
  const start = at - AROUND_MS - SPARE_MS;
  let wall = clock(start);
  for (let quarter = start; quarter < at + AROUND_MS + SPARE_MS; quarter += QUARTER_MS) {
    const next = clock(quarter + QUARTER_MS);
    for (let passed = 0; passed < QUARTER_MS; passed += MINUTE_MS) {
      const reading = next - wall === QUARTER_MS ? wall + passed : clock(quarter + passed);
      minutes.push([quarter + passed, reading]);
    }
    wall = next;
  }
  const firstAt = new Map<number, number>();
  for (const [instant, wall] of minutes) if (!firstAt.has(wall)) firstAt.set(wall, instant);
  return {
    from: (at - AROUND_MS) as Instant,
    through: (at + AROUND_MS) as Instant,
    minutes,
    firstAt,
    days: new Set(minutes.map(([, wall]) => Math.floor(wall / DAY_MS))),
  };
}

/** Returns the ticks in `(from, through]`, found by reading the clock every minute. */
export function ticksByTheClock(cron: CronCase, readings: Readings): readonly number[] {
  const ticks = cron.isFixedTime ? atFixedTimes(cron, readings) : atIntervals(cron, readings);
  return [...new Set(ticks)]
    .filter((tick) => tick > readings.from && tick <= readings.through)
    .sort((one, other) => one - other);
}

/** Interval jobs follow elapsed time: they tick whenever the clock shows a matching time. */
function atIntervals(cron: CronCase, { minutes }: Readings): number[] {
  return minutes
    .filter(([, wall]) => cron.matches(wall))
    .flatMap(([at]) => cron.seconds.map((second) => at + second * SECOND_MS));
}

/**
 * Jobs at fixed times run once for each matching time of each local day: at its first occurrence, or right after the
 * gap if the clock never shows it. A day that the zone skips has no times.
 */
function atFixedTimes(cron: CronCase, { minutes, firstAt, days }: Readings): number[] {
  const ticks: number[] = [];
  for (const day of days) {
    for (let wall = day * DAY_MS; wall < (day + 1) * DAY_MS; wall += MINUTE_MS) {
      if (!cron.matches(wall)) continue;
      const first = firstAt.get(wall);
      if (first !== undefined) ticks.push(...cron.seconds.map((second) => first + second * SECOND_MS));
      else ticks.push(minutes.find(([, reading]) => reading > wall)?.[0] ?? Infinity);
    }
  }
  return ticks;
}
