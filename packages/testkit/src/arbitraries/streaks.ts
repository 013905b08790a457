import {
  DAY_MS,
  HOUR_MS,
  addDays,
  defaultStreakRules,
  localDate,
  startOfDay,
  type Streak,
  type StreakRules,
  type UserId,
} from '@gamekeeper/core';
import { streakTick, type StreakTick } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { userIds } from './players.ts';
import { instants, instantsNear, zones } from './time.ts';

/** Generates rules of streaks that a host might choose, often the defaults. */
export function rulesOfStreaks(): fc.Arbitrary<StreakRules> {
  return fc.oneof(
    fc.constant(defaultStreakRules),
    fc
      .record({
        breakAfterHours: fc.integer({ min: 1, max: 96 }),
        maxProtections: fc.integer({ min: 0, max: 4 }),
      })
      .map((rules) => ({ ...rules, initialProtections: Math.min(2, rules.maxProtections) })),
  );
}

/**
 * Generates daily ticks: mostly the first instant of a day in some time zone, sometimes another instant that a host
 * might choose.
 */
export function streakTicks(): fc.Arbitrary<StreakTick> {
  return fc
    .tuple(zones(), instants(), rulesOfStreaks(), fc.integer({ min: 0, max: 5 }))
    .map(([zone, at, rules, kind]) =>
      streakTick(kind === 0 ? at : startOfDay(zone, localDate(zone, at)), zone, rules),
    );
}

/** Generates one player's streak around a tick: in danger or nearly, safe, ended, judged on that day or another. */
export function streaksAround(tick: StreakTick, id: UserId): fc.Arbitrary<Streak> {
  return fc
    .record({
      currentStreak: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_000 })),
      longestBy: fc.integer({ min: 0, max: 3 }),
      lastQuizAt: fc.option(
        fc.oneof(
          { weight: 4, arbitrary: instantsNear(tick.lastQuizBefore, 30 * HOUR_MS) },
          { weight: 1, arbitrary: instantsNear(tick.asOf, 5 * DAY_MS) },
        ),
        { freq: 10 },
      ),
      protections: fc.integer({ min: 0, max: 3 }),
      judgedDaysAgo: fc.option(fc.constantFrom(-1, 0, 0, 1, 2, 30)),
    })
    .map(({ currentStreak, longestBy, lastQuizAt, protections, judgedDaysAgo }) => ({
      userId: id,
      currentStreak,
      longestStreak: currentStreak + longestBy,
      lastQuizAt,
      protections,
      evaluatedOn: judgedDaysAgo === null ? null : addDays(tick.day, -judgedDaysAgo),
    }));
}

/** Generates the streaks of several players around a tick, with distinct ids. */
export function streakCrowds(
  tick: StreakTick,
  size: { readonly minLength?: number; readonly maxLength?: number } = {},
): fc.Arbitrary<readonly Streak[]> {
  return fc
    .uniqueArray(userIds(), { minLength: 0, maxLength: 25, size: 'max', ...size })
    .chain((ids) => fc.tuple(...ids.map((id) => streaksAround(tick, id))));
}
