import type { Instant } from '@gamekeeper/core';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { timestamp, type Tables } from '../database/sql.ts';

/**
 * Fails with a serialization failure where a tick was run since the transaction's snapshot, in which that is not to be
 * seen: an insert finds the row all the same. Undone at once. Primary key.
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
