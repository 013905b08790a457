import type { Migration } from './migration.ts';

/**
 * The shards of runs that are divided. A divided run is active, and nobody holds its lease. Without a foreign key, so that
 * the table of runs can be emptied as before; the next run of a tick replaces what is left of an earlier one.
 */
export const shards: Migration = {
  name: '0007-shards',
  statements: [
    `create table job_shards (
      job text collate "C" not null,
      tick timestamptz(3) not null,
      shard int not null,
      part jsonb not null,
      status text not null default 'open' check (status in ('open', 'succeeded', 'failed')),
      fence int not null default 0,
      owner text,
      lease_until timestamptz(3),
      checkpoint jsonb,
      started_at timestamptz(3),
      finished_at timestamptz(3),
      processed bigint not null default 0,
      failed_items bigint not null default 0,
      error text,
      primary key (job, tick, shard)
    )`,
  ],
};
