import type { Migration } from './migration.ts';

/**
 * The database's clock is always the server's clock. The pinned clock of tests is another function, which live hosts do
 * not call.
 */
export const serverClock: Migration = {
  name: '0002-server-clock',
  statements: [
    `create function test_clock() returns timestamptz(3) language sql volatile
      return coalesce((select pinned_at from pinned_clock), date_trunc('milliseconds', clock_timestamp()))`,
    `create or replace function clock() returns timestamptz(3) language sql volatile
      return date_trunc('milliseconds', clock_timestamp())`,
  ],
};
