import type { PruneRequest } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { Sql } from './postgres-transaction.ts';
import { timestamp } from './sql.ts';

/**
 * In which order old rows are found: by age, where an index has that order, or as they lie in the table. A BRIN index has no
 * order, and sorting all that is old for each batch would cost ten times the batch.
 */
export type PruneOrder = 'by age' | 'as stored';

/**
 * Deletes rows of a table whose instant lies before another; by the index on that column. Locks the removed rows, and skips
 * locked ones. Returns how many there were.
 */
export async function pruneRows(
  db: Sql,
  table: RawBuilder<unknown>,
  column: string,
  { before, limit, order = 'by age' }: PruneRequest & { readonly order?: PruneOrder },
): Promise<number> {
  const age = sql.ref(column);
  const ordered = order === 'by age' ? sql`order by ${age}` : sql``;
  const pruned = await sql`
    delete from ${table} where ctid = any (array(
      select ctid from ${table} where ${age} < ${timestamp(before)} ${ordered} limit ${limit}
      for update skip locked
    ))
  `.execute(db);
  return Number(pruned.numAffectedRows ?? 0);
}
