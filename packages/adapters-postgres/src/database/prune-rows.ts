import type { PruneRequest } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { Sql } from './postgres-transaction.ts';
import { timestamp } from './sql.ts';

/**
 * Deletes the oldest rows of a table, up to an instant; by the index on that column. Locks the removed rows, and skips
 * locked ones. Returns how many there were.
 */
export async function pruneRows(
  db: Sql,
  table: RawBuilder<unknown>,
  column: string,
  { before, limit }: PruneRequest,
): Promise<number> {
  const age = sql.ref(column);
  const pruned = await sql`
    delete from ${table} where ctid = any (array(
      select ctid from ${table} where ${age} < ${timestamp(before)} order by ${age} limit ${limit}
      for update skip locked
    ))
  `.execute(db);
  return Number(pruned.numAffectedRows ?? 0);
}
