import type { Migration } from './migration.ts';

const statements = [
  `create table lives (
    user_id text collate "C" primary key,
    current_lives int not null check (current_lives >= 0),
    last_regen_at timestamptz(3),
    next_regen_at timestamptz(3)
  )`,
  // Leading with the lives lets a run skip the players who are full, whatever the maximum is.
  `create index lives_due on lives (current_lives, next_regen_at)`,

  // What a spend under a key of the host's left: the same key again spends nothing.
  `create table life_spends (
    user_id text collate "C" not null,
    idempotency_key text collate "C" not null,
    recorded_at timestamptz(3) not null,
    current_lives int,
    last_regen_at timestamptz(3),
    next_regen_at timestamptz(3),
    primary key (user_id, idempotency_key)
  )`,
  `create index life_spends_by_age on life_spends (recorded_at)`,

  `create table player_progress (
    user_id text collate "C" primary key,
    username text not null,
    xp bigint not null default 0,
    xp_updated_at timestamptz(3),
    current_streak int not null default 0,
    longest_streak int not null default 0,
    last_quiz_at timestamptz(3),
    streak_protections int not null default 0,
    streak_evaluated_on date,
    lost_streak int
  )`,
  `create index player_progress_in_danger on player_progress (last_quiz_at) where current_streak > 0`,

  `create table quiz_sessions (
    id text collate "C" primary key,
    user_id text collate "C" not null,
    status text not null check (status in ('active', 'completed', 'expired')),
    started_at timestamptz(3) not null,
    expires_at timestamptz(3) not null,
    completed_at timestamptz(3)
  )`,
  `create index quiz_sessions_active on quiz_sessions (expires_at) where status = 'active'`,

  `create table xp_awards (
    award_id text collate "C" primary key,
    user_id text collate "C" not null,
    amount bigint not null check (amount >= 0),
    earned_at timestamptz(3) not null
  )`,
  `create table rankings (
    board text collate "C" not null,
    period text collate "C" not null,
    user_id text collate "C" not null,
    -- As in player_progress, for whoever reads them all: a look for each name costs more than all the rest.
    username text not null,
    score bigint not null,
    last_xp_at timestamptz(3),
    tie_key bigint not null,
    primary key (board, period, user_id)
  )`,
  // The order of every board, ascending: tie_key grows or falls with last_xp_at as the board's ties go.
  `create index rankings_order on rankings (board, period, (-score), tie_key, user_id)`,
  `create table leaderboard_periods (
    board text collate "C" not null,
    period text collate "C" not null,
    starts_at timestamptz(3),
    ends_at timestamptz(3),
    sealed_at timestamptz(3),
    players bigint,
    reset_at timestamptz(3),
    primary key (board, period)
  )`,
  // The period of an instant, and its neighbours in time.
  `create index leaderboard_periods_by_start on leaderboard_periods (board, starts_at)`,
  // Whoever opens a period changes the row of its board: one at a time, and never unseen by a transaction's snapshot.
  `create table leaderboard_openings (
    board text collate "C" primary key,
    opened bigint not null
  )`,
  `create table leaderboard_archive (
    board text collate "C" not null,
    period text collate "C" not null,
    user_id text collate "C" not null,
    rank bigint not null,
    username text not null,
    score bigint not null,
    last_xp_at timestamptz(3),
    primary key (board, period, user_id)
  )`,
  `create unique index leaderboard_archive_by_rank on leaderboard_archive (board, period, rank)`,

  // The watermark that counts is the newest settled row of job_runs, or this where there is none that new.
  `create table jobs (
    job text collate "C" primary key,
    registered_at timestamptz(3) not null,
    -- The watermark that it was registered with.
    starts_after timestamptz(3) not null,
    watermark timestamptz(3) not null,
    pruned_through timestamptz(3),
    paused_at timestamptz(3),
    resumed_at timestamptz(3)
  )`,
  // The first one of a job counts for all ticks before, too.
  `create table job_schedules (
    job text collate "C" not null,
    since timestamptz(3) not null,
    cron text not null,
    zone text not null,
    primary key (job, since)
  )`,
  // The rules of the game by which ticks are judged, and from when on. The first of a name counts for all time before.
  `create table rule_changes (
    name text collate "C" not null,
    since timestamptz(3) not null,
    rules jsonb not null,
    primary key (name, since)
  )`,
  `create table job_runs (
    job text collate "C" not null,
    tick timestamptz(3) not null,
    status text not null check (status in ('running', 'succeeded', 'failed', 'skipped')),
    fence int not null,
    owner text,
    lease_until timestamptz(3),
    checkpoint jsonb,
    started_at timestamptz(3),
    attempted_at timestamptz(3),
    finished_at timestamptz(3),
    processed bigint not null default 0,
    failed_items bigint not null default 0,
    error text,
    primary key (job, tick)
  )`,
  // The guarantee that two ticks of one job never overlap.
  `create unique index job_runs_one_running on job_runs (job) where status = 'running'`,
  // Says at once of most jobs that none of their runs failed.
  `create index job_runs_failed on job_runs (job) where status = 'failed'`,

  `create table job_item_failures (
    job text collate "C" not null,
    tick timestamptz(3) not null,
    item text collate "C" not null,
    error text not null,
    failed_at timestamptz(3) not null,
    primary key (job, tick, item)
  )`,
  `create index job_item_failures_by_age on job_item_failures (failed_at)`,

  // The name of a job, or "check:" and that of a check, which no job can have.
  `create table job_health (
    job text collate "C" primary key,
    verdict text not null,
    since timestamptz(3) not null,
    last_alert_at timestamptz(3),
    told text check (told in ('info', 'warning', 'critical'))
  )`,
  // Instances whose clocks are off, and no others.
  `create table skewed_instances (
    instance text collate "C" primary key,
    skew_ms bigint not null,
    since timestamptz(3) not null,
    measured_at timestamptz(3) not null
  )`,
  // One row for each channel that is told of an alert.
  `create table alerts (
    alert_key text collate "C" not null,
    channel text collate "C" not null,
    position bigint generated always as identity unique,
    -- As in job_health.
    subject text collate "C" not null,
    alert jsonb not null,
    raised_at timestamptz(3) not null,
    status text not null default 'owed' check (status in ('owed', 'delivered', 'given-up')),
    attempts int not null default 0,
    due_at timestamptz(3) not null,
    error text,
    primary key (alert_key, channel)
  )`,
  `create index alerts_owed on alerts (channel, subject, position) where status = 'owed'`,

  `create table pinned_clock (
    single_row boolean primary key default true check (single_row),
    pinned_at timestamptz(3) not null
  )`,
  // What "now" means to leases. A test pins it by a row; without one it is the server's clock.
  `create function clock() returns timestamptz(3) language sql volatile
    return coalesce((select pinned_at from pinned_clock), date_trunc('milliseconds', clock_timestamp()))`,

  `create table outbox (
    id bigint generated always as identity primary key,
    event_key text collate "C" not null unique,
    type text not null,
    payload jsonb not null,
    occurred_at timestamptz(3) not null,
    -- A statement that writes many says it itself: the default calls the function for each row.
    written_at timestamptz(3) not null default clock(),
    published_at timestamptz(3),
    lane smallint not null generated always as
      (hashtext(coalesce(payload ->> 'userId', payload ->> 'board', event_key)) & 15) stored
  )`,
  `create index outbox_waiting on outbox (lane, id) where published_at is null`,
  // A lane that was never claimed has no row.
  `create table outbox_lanes (
    lane smallint primary key,
    fence bigint not null,
    owner text,
    attempts int not null,
    claimed_at timestamptz(3) not null,
    lease_until timestamptz(3)
  )`,
];

/** The game's tables, the ledger, the outbox, and the database's clock. */
export const foundation: Migration = { name: '0001-foundation', statements };
