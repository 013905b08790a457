import type { Migration } from './migration.ts';

/** The database's clock is the server's, whatever anybody writes. What tests pin is another one, which live hosts do not ask. */
export const serverClock: Migration = {
  name: '0002-server-clock',
  statements: [
    `create function test_clock() returns timestamptz(3) language sql volatile
      return coalesce((select pinned_at from pinned_clock), date_trunc('milliseconds', clock_timestamp()))`,
    `create or replace function clock() returns timestamptz(3) language sql volatile
      return date_trunc('milliseconds', clock_timestamp())`,
  ],
};
