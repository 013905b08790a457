import { defineEntity, p } from '@mikro-orm/core';

/** A row of `player_progress`. */
export const PlayerProgressRow = defineEntity({
  name: 'PlayerProgressRow',
  tableName: 'player_progress',
  properties: {
    userId: p.text().primary(),
    username: p.text(),
    xp: p.bigint('string').default('0'),
    xpUpdatedAt: p.datetime(3).nullable(),
    currentStreak: p.integer().default(0),
    longestStreak: p.integer().default(0),
    lastQuizAt: p.datetime(3).nullable(),
    streakProtections: p.integer().default(0),
    streakEvaluatedOn: p.date().nullable(),
    /** The length of the last broken streak. */
    lostStreak: p.integer().nullable(),
  },
});

/** A row of `streak_evaluations`: the day, for streaks in a table of the host's without a column for it. */
export const StreakEvaluationRow = defineEntity({
  name: 'StreakEvaluationRow',
  tableName: 'streak_evaluations',
  properties: {
    userId: p.text().primary(),
    evaluatedOn: p.date().nullable(),
  },
});
