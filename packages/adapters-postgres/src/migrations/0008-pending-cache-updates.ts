import type { Migration } from './migration.ts';

/** What hosts' transactions have changed on the boards and a cache outside the database does not show yet. */
export const pendingCacheUpdates: Migration = {
  name: '0008-pending-cache-updates',
  statements: [
    `create table pending_cache_updates (
      id bigint generated always as identity primary key,
      user_id text collate "C" not null,
      change jsonb not null
    )`,
  ],
};
