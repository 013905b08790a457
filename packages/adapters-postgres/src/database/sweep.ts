import type { Json } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import { expectingNew } from './expecting-new.ts';
import type { PostgresTransaction, Sql } from './postgres-transaction.ts';

/** What a sweep goes through and what it does there. */
export interface Sweep {
  readonly table: RawBuilder<unknown>;
  /** The table's quoted name as text, to look it up in the catalogue. */
  readonly tableName: string;
  /** The condition of rows that are due, in terms that an index serves. */
  readonly isDue: RawBuilder<unknown>;
  /**
   * Common table expressions that carry out the rule on the rows of a condition, as far as they are still due when
   * they are written, with the events. The one named `changed` holds a row for each. `onKnownEvent` may end the insert
   * of events: it passes over those that are in the outbox already, or is empty where none is expected there.
   */
  readonly change: (which: RawBuilder<unknown>, onKnownEvent: RawBuilder<unknown>) => RawBuilder<unknown>;
}

/** Which part of a sweep: what the batch before answered as `next`, and about how many rows. */
export interface SweepBatch {
  readonly after: Json;
  readonly limit: number;
}

/** What a batch changed, and where the next goes on; `null` when nothing is left that was due. */
export interface SweepProgress {
  readonly processed: number;
  readonly next: Json;
}

/** A walk through the table's pages, before `page` of `pages`. */
interface Walk {
  readonly page: number;
  readonly pages: number;
  readonly rowsPerPage: number;
}

/** After the walk (or without one): whoever the index still finds due. */
const REST = 'rest';

/** From this share of the table on (or this many rows), going through its pages beats going through the index. */
const LARGE_SHARE = 0.05;
const LARGE_COUNT = 200_000;

/** What a page holds when the table has not been analysed yet. */
const TYPICAL_ROWS_PER_PAGE = 100;

const passOver = sql`on conflict (event_key) do nothing`;

/**
 * Carries out a rule on all rows that are due, a batch at a time and each batch in one statement.
 *
 * A few are found through the index. A crowd is found page by page in the order of the table, which writes each page
 * once and costs about what a single UPDATE of everything does. Rows that move to another page meanwhile are found by
 * the index at the end, so none is left out; what was changed is not due any more, so none is changed twice.
 */
export async function sweepBatch(
  tx: PostgresTransaction,
  sweep: Sweep,
  { after, limit }: SweepBatch,
): Promise<SweepProgress> {
  const db = await tx.db();
  if (after !== null && after !== REST) return throughPages(db, sweep, after as unknown as Walk, limit);
  const { found, processed } = await throughIndex(db, sweep, limit);
  // Fewer changed than found: somebody was at a row before us, and it may still be due.
  if (found < limit && processed === found) return { processed, next: null };
  const walk = after === null ? await walkThroughCrowd(db, sweep, limit) : null;
  return { processed, next: (walk as Json) ?? REST };
}

/** Whether anything is due: a look by the index, without locks. */
export async function isAnyDue(db: Sql, { table, isDue }: Sweep): Promise<boolean> {
  const { rows } = await sql`select from ${table} where ${isDue} limit 1`.execute(db);
  return rows.length > 0;
}

/** Locks the rows that it changes, found by the index. */
async function throughIndex(
  db: Sql,
  { table, isDue, change }: Sweep,
  limit: number,
): Promise<{ readonly found: number; readonly processed: number }> {
  const { rows } = await sql<{ found: number; processed: number }>`
    with due as materialized (select ctid from ${table} where ${isDue} limit ${limit}),
    ${change(sql`ctid = any (array(select ctid from due))`, passOver)}
    select (select count(*) from due)::int as found, (select count(*) from changed)::int as processed
  `.execute(db);
  return rows[0]!;
}

/** Locks the rows that it changes, found by a scan of just these pages. */
async function throughPages(db: Sql, { change }: Sweep, walk: Walk, limit: number): Promise<SweepProgress> {
  const end = Math.min(walk.pages, walk.page + Math.max(1, Math.floor(limit / walk.rowsPerPage)));
  const pages = sql`ctid >= ${`(${walk.page},0)`}::tid and ctid < ${`(${end},0)`}::tid`;
  // A crash of the server may take a batch back, checkpoint included: it is still due then. The rest flushes them all.
  await sql`set local synchronous_commit = off`.execute(db);
  // An event is known only where somebody acted late, as of before the tick, and became due at it again.
  const { rows } = await expectingNew(db, passOver, (onKnownEvent) =>
    sql<{ processed: number }>`
      with ${change(pages, onKnownEvent)} select count(*)::int as processed from changed
    `.execute(db),
  );
  return { processed: rows[0]!.processed, next: end < walk.pages ? { ...walk, page: end } : REST };
}

/** The start of a walk when a large share of the table is due, `null` otherwise. */
async function walkThroughCrowd(
  db: Sql,
  { table, tableName, isDue }: Sweep,
  limit: number,
): Promise<Walk | null> {
  const { rows } = await sql<{ pages: number; tuples: number; analysed_pages: number }>`
    select (pg_relation_size(oid) / current_setting('block_size')::int)::int as pages,
      reltuples::float8 as tuples, relpages as analysed_pages
    from pg_class where oid = ${tableName}::regclass
  `.execute(db);
  const { pages, tuples, analysed_pages: analysedPages } = rows[0]!;
  const rowsPerPage = Math.max(
    1,
    tuples > 0 && analysedPages > 0 ? tuples / analysedPages : TYPICAL_ROWS_PER_PAGE,
  );
  const large = Math.max(limit, Math.ceil(Math.min(LARGE_COUNT, pages * rowsPerPage * LARGE_SHARE)));
  const { rows: counted } = await sql<{ due: number }>`
    select count(*)::int as due from (select from ${table} where ${isDue} limit ${large}) as due
  `.execute(db);
  return counted[0]!.due >= large ? { page: 0, pages, rowsPerPage } : null;
}
