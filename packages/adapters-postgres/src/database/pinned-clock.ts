import type { Instant } from '@gamekeeper/core';
import { sql } from 'kysely';
import type { PostgresDatabase } from './postgres-database.ts';
import { timestamp } from './sql.ts';

/**
 * Makes the database's clock stand still at an instant for every connection, or (with `null`) go again. For tests
 * only: leases of all hosts on this schema are measured by it.
 */
export async function pinDatabaseClock(database: PostgresDatabase, at: Instant | null): Promise<void> {
  const { pinnedClock } = database.tables;
  await database.within(undefined, (db) =>
    at === null
      ? sql`delete from ${pinnedClock}`.execute(db)
      : sql`
          insert into ${pinnedClock} (pinned_at) values (${timestamp(at)})
          on conflict (single_row) do update set pinned_at = excluded.pinned_at
        `.execute(db),
  );
}
