import type { BenchStore } from './bench-store.ts';

/**
 * The tables as they come to mind first, for the statements written by hand: each condition of a job has its index, and
 * nothing is done for updates. So a better schema of ours shows in the ratios.
 */
const tables: Readonly<Record<string, readonly string[]>> = {
  natural_lives: [
    `create table {natural_lives} (
      user_id text collate "C" primary key, current_lives int not null check (current_lives >= 0),
      last_regen_at timestamptz(3), next_regen_at timestamptz(3)
    )`,
    'create index on {natural_lives} (current_lives, next_regen_at)',
  ],
  natural_player_progress: [
    `create table {natural_player_progress} (
      user_id text collate "C" primary key, username text not null, xp bigint not null default 0,
      xp_updated_at timestamptz(3), current_streak int not null default 0, longest_streak int not null default 0,
      last_quiz_at timestamptz(3), streak_protections int not null default 0, streak_evaluated_on date, lost_streak int
    )`,
    'create index on {natural_player_progress} (last_quiz_at) where current_streak > 0',
  ],
  natural_quiz_sessions: [
    `create table {natural_quiz_sessions} (
      id text collate "C" primary key, user_id text collate "C" not null,
      status text not null check (status in ('active', 'completed', 'expired')), started_at timestamptz(3) not null,
      expires_at timestamptz(3) not null, completed_at timestamptz(3)
    )`,
    `create index on {natural_quiz_sessions} (expires_at) where status = 'active'`,
  ],
  natural_xp_awards: [
    `create table {natural_xp_awards} (
      award_id text collate "C" primary key, user_id text collate "C" not null, amount bigint not null,
      earned_at timestamptz(3) not null
    )`,
  ],
  natural_rankings: [
    `create table {natural_rankings} (
      board text collate "C" not null, period text collate "C" not null, user_id text collate "C" not null,
      username text not null, score bigint not null, last_xp_at timestamptz(3), tie_key bigint not null,
      primary key (board, period, user_id)
    )`,
    'create index on {natural_rankings} (board, period, (-score), tie_key, user_id)',
  ],
  natural_archive: [
    `create table {natural_archive} (
      board text collate "C" not null, period text collate "C" not null, user_id text collate "C" not null,
      rank bigint not null, username text not null, score bigint not null, last_xp_at timestamptz(3),
      primary key (board, period, user_id)
    )`,
    'create unique index on {natural_archive} (board, period, rank)',
  ],
  natural_outbox: [
    `create table {natural_outbox} (
      id bigint generated always as identity primary key, event_key text collate "C" not null unique,
      type text not null, payload jsonb not null, occurred_at timestamptz(3) not null,
      written_at timestamptz(3) not null default now(), published_at timestamptz(3),
      lane smallint not null generated always as
        (hashtext(coalesce(payload ->> 'userId', payload ->> 'board', event_key)) & 15) stored
    )`,
    'create index on {natural_outbox} (lane, id) where published_at is null',
  ],
};

/** Creates the tables of the statements written by hand. */
export async function createNatural(store: BenchStore, ...names: readonly string[]): Promise<void> {
  for (const statement of names.flatMap((name) => tables[name] ?? [])) await store.query(statement);
}
