import type { Instant } from '@gamekeeper/core';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { timestamp, type Tables } from '../database/sql.ts';

/**
 * Fails with a serialization error (40001) if the tick was run after this transaction's snapshot was taken. The test
 * insert is rolled back at once. Uses the primary key.
 */
export async function assertTickNotRun(
  db: Sql,
  { jobRuns }: Tables,
  { job, tick }: { readonly job: string; readonly tick: Instant },
): Promise<void> {
  await sql`savepoint before_look`.execute(db);
  await sql`
    insert into ${jobRuns} (job, tick, status, fence) values (${job}, ${timestamp(tick)}, 'skipped', 0)
    on conflict (job, tick) do nothing
  `.execute(db);
  await sql`rollback to savepoint before_look`.execute(db);
}
