import { sql, type RawBuilder } from 'kysely';
import type { Sql } from './postgres-transaction.ts';
import type { Tables } from './sql.ts';

/**
 * Does the work of a server's autovacuum for the embedded database, which has none: vacuums the tables when it is
 * opened. Its planner then knows tables only as they were at that moment, so it is restricted to indexes.
 */
export async function maintainEmbedded(db: Sql, tables: Tables): Promise<void> {
  const { lives, progress, sessions, rankings, jobRuns, outbox } = tables;
  for (const table of [lives, progress, sessions, rankings, jobRuns, outbox]) {
    await sql`vacuum (analyze) ${table}`.execute(db);
  }
  for (const setting of [
    'enable_seqscan',
    'enable_bitmapscan',
    'enable_sort',
    'enable_hashjoin',
    'enable_mergejoin',
  ]) {
    await switchOff(setting).execute(db);
  }
}

function switchOff(setting: string): RawBuilder<unknown> {
  return sql`select pg_catalog.set_config(${setting}, 'off', false)`;
}
