import type { Migration } from './migration.ts';

/** How many events of each type the batches of a run have written. */
export const runEvents: Migration = {
  name: '0011-run-events',
  statements: [
    // Null: none, or from before this migration.
    `alter table job_runs add column events_written jsonb`,
    `alter table job_shards add column events_written jsonb`,
  ],
};
