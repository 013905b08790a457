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
      details jsonb not null,
      recorded_at timestamptz(3) not null,
      primary key (user_id, at, entry)
    )`,
    // What ticks did to streaks: a row for each batch of a run and bucket of players, with an element for each player.
    `create table streak_log (
      bucket smallint not null,
      at timestamptz(3) not null,
      id bigint generated always as identity,
      recorded_at timestamptz(3) not null,
      -- Null for a player who was erased.
      hashes int[] not null,
      user_ids text[] collate "C" not null,
      streaks int[] not null,
      -- Null for a streak that broke.
      protections_left int[] not null,
      last_quiz_at timestamptz(3)[] not null,
      primary key (bucket, at, id)
    )`,
    // Ids hardly compress, and an attempt costs more than all the rest.
    `alter table streak_log alter column user_ids set storage external`,
    `create index player_log_by_age on player_log (recorded_at)`,
    `create index streak_log_by_age on streak_log (recorded_at)`,
    // Small, because every end of a session writes to it again.
    `create index quiz_sessions_by_player on quiz_sessions using hash (user_id)`,
    `create index xp_awards_by_player on xp_awards (user_id, earned_at)`,
  ],
};
