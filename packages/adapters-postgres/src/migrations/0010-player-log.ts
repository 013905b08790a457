import type { Migration } from './migration.ts';

/**
 * What jobs and calls did to players and no other table keeps; and the indexes by which a player's sessions and awards
 * are read newest first.
 */
export const playerLog: Migration = {
  name: '0010-player-log',
  statements: [
    `create table player_log (
      user_id text collate "C" not null,
      at timestamptz(3) not null,
      entry text collate "C" not null,
      kind text not null,
      -- Null for streaks, whose columns are below: a tick may write many rows, and JSON costs more than all the rest.
      details jsonb,
      streak int,
      protections_left int,
      last_quiz_at timestamptz(3),
      applied_by text,
      recorded_at timestamptz(3) not null,
      primary key (user_id, at, entry)
    )`,
    // Rows are added in this order.
    `create index player_log_by_age on player_log using brin (recorded_at)`,
    // Small, because every end of a session writes to it again.
    `create index quiz_sessions_by_player on quiz_sessions using hash (user_id)`,
    `create index xp_awards_by_player on xp_awards (user_id, earned_at)`,
  ],
};
