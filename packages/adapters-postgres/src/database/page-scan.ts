import { sql } from 'kysely';
import type { FilteredSweep } from './due-rows.ts';
import type { Sql } from './postgres-transaction.ts';
import { whole } from './sql.ts';
import type { PageScan } from './sweep-cursor.ts';

/** From this share of the table on (or this number of rows), a page scan is faster than the index. */
const LARGE_SHARE = 0.05;
const LARGE_COUNT = 200_000;

/** So many pages are enough to estimate how many rows are due. A smaller table is counted. */
const SAMPLED_PAGES = 300;

/** Rows per page if the table has not been analyzed yet. */
const TYPICAL_ROWS_PER_PAGE = 100;

/** Returns the start of a page scan if a large share of the table is due, otherwise `null`. Without locks. */
export async function startPageScan(db: Sql, sweep: FilteredSweep, limit: number): Promise<PageScan | null> {
  const { rows } = await sql<{ pages: number; tuples: number; analysed_pages: number }>`
    select (pg_catalog.pg_relation_size(oid) / pg_catalog.current_setting('block_size')::int)::int as pages,
      ${whole(sql`reltuples::bigint`)} as tuples, relpages as analysed_pages
    from pg_catalog.pg_class where oid = ${sweep.tableName}::regclass::oid
  `.execute(db);
  const { pages, tuples, analysed_pages: analysedPages } = rows[0]!;
  const rowsPerPage = Math.max(
    1,
    tuples > 0 && analysedPages > 0 ? tuples / analysedPages : TYPICAL_ROWS_PER_PAGE,
  );
  const share = Math.ceil(Math.min(LARGE_COUNT, pages * rowsPerPage * LARGE_SHARE));
  // Without an index, each batch reads the table from its beginning.
  const large = sweep.isIndexed === false ? limit : Math.max(limit, share);
  return (await estimatedDue(db, sweep, pages)) >= large ? { page: 0, pages, rowsPerPage } : null;
}

/** Returns about how many rows are due: those of some pages, for all of them. */
async function estimatedDue(
  db: Sql,
  { table, isDue, isWanted }: FilteredSweep,
  pages: number,
): Promise<number> {
  if (pages === 0) return 0;
  const share = Math.min(1, SAMPLED_PAGES / pages);
  const { rows } = await sql<{ due: number }>`
    select pg_catalog.count(*)::int as due from ${table} tablesample system (${100 * share}::real)
    where ${isDue} and ${isWanted}
  `.execute(db);
  return rows[0]!.due / share;
}
