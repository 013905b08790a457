import { Migration } from '@mikro-orm/migrations';

/** Lives, the ledger, the outbox, and the database's clock. Runs with our schema as the only one in the search path. */
export class Foundation extends Migration {
  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  `create table lives (
    user_id text collate "C" primary key,
    current_lives int not null check (current_lives >= 0),
    last_regen_at timestamptz(3),
    next_regen_at timestamptz(3)
  )`,
  // Leading with the lives lets a run skip the players who are full, whatever the maximum is.
  `create index lives_due on lives (current_lives, next_regen_at)`,

  `create table jobs (
    job text collate "C" primary key,
    registered_at timestamptz(3) not null,
    watermark timestamptz(3) not null
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
    finished_at timestamptz(3),
    processed bigint not null default 0,
    failed_items bigint not null default 0,
    error text,
    primary key (job, tick)
  )`,
  // The guarantee that two ticks of one job never overlap.
  `create unique index job_runs_one_running on job_runs (job) where status = 'running'`,

  `create table outbox (
    id bigint generated always as identity primary key,
    event_key text collate "C" not null unique,
    type text not null,
    payload jsonb not null,
    occurred_at timestamptz(3) not null,
    published_at timestamptz(3)
  )`,

  `create table pinned_clock (
    single_row boolean primary key default true check (single_row),
    pinned_at timestamptz(3) not null
  )`,
  // What "now" means to leases. A test pins it by a row; without one it is the server's clock.
  `create function clock() returns timestamptz(3) language sql volatile
    return coalesce((select pinned_at from pinned_clock), clock_timestamp())`,
];
