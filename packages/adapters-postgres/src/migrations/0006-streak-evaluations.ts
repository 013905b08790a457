import type { Migration } from './migration.ts';

/** The last day that a tick has judged, for streaks in a table of the host's that has no column for it. */
export const streakEvaluations: Migration = {
  name: '0006-streak-evaluations',
  statements: [
    `create table streak_evaluations (
      user_id text collate "C" primary key,
      evaluated_on date
    ) with (fillfactor = 50)`,
  ],
};
