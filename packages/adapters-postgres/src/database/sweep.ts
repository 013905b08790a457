import type { ItemChoice, Json } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import { expectingNew } from './expecting-new.ts';
import type { PostgresTransaction, Sql } from './postgres-transaction.ts';

/** What a sweep goes through and what it does there. */
export interface Sweep {
  readonly table: RawBuilder<unknown>;
  /** The table's quoted name as text, to look it up in the catalogue. */
  readonly tableName: string;
  /** The column of the ids by which single rows are chosen: the primary key. */
  readonly id: RawBuilder<unknown>;
  /** The condition of rows that are due, in terms that an index serves. */
  readonly isDue: RawBuilder<unknown>;
  /**
   * Common table expressions that carry out the rule on the rows of a condition, as far as they are still due when
   * they are written, with the events. The one named `changed` holds a row for each. `onKnownEvent` may end the insert
   * of events: it passes over those that are in the outbox already, or is empty where none is expected there.
   */
  readonly change: (which: RawBuilder<unknown>, onKnownEvent: RawBuilder<unknown>) => RawBuilder<unknown>;
}

/** Which part of a sweep: what the batch before answered as `next`, about how many rows, and which. */
export interface SweepBatch extends ItemChoice {
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

/** A sweep that leaves some rows alone. */
interface Picky extends Sweep {
  readonly isWanted: RawBuilder<unknown>;
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
  { after, limit, only, skip }: SweepBatch,
): Promise<SweepProgress> {
  const db = await tx.db();
  if (only) return justThese(db, sweep, only);
  const walk = walkAt(after);
  if (walk) return throughPages(db, without(sweep, skip), walk, limit);
  return throughRest(db, without(sweep, skip), { after, limit });
}

/** Whether anything is due: a look by the index, without locks. */
export async function isAnyDue(db: Sql, { table, isDue }: Sweep): Promise<boolean> {
  const { rows } = await sql`select from ${table} where ${isDue} limit 1`.execute(db);
  return rows.length > 0;
}

/** The ids of the rows that a batch would find: a look by the index or through the same pages, without locks. */
export async function dueItems<Id extends string>(
  db: Sql,
  sweep: Sweep,
  { after, limit, skip }: SweepBatch,
): Promise<readonly Id[]> {
  const { table, id, isDue, isWanted } = without(sweep, skip);
  const walk = walkAt(after);
  const part = walk ? sql`and ${pagesOf(walk, pagesAfter(walk, limit))}` : sql`limit ${limit}`;
  const { rows } = await sql<{ id: Id }>`
    select ${id} as id from ${table} where ${isDue} and ${isWanted} ${part}
  `.execute(db);
  return rows.map((row) => row.id);
}

/** Rows that are found by the index; the first batch looks whether there is a crowd instead. */
async function throughRest(
  db: Sql,
  sweep: Picky,
  { after, limit }: Pick<SweepBatch, 'after' | 'limit'>,
): Promise<SweepProgress> {
  const { found, processed } = await throughIndex(db, sweep, limit);
  // Fewer changed than found: somebody was at a row before us, and it may still be due.
  if (found < limit && processed === found) return { processed, next: null };
  const walk = after === null ? await walkThroughCrowd(db, sweep, limit) : null;
  return { processed, next: (walk as Json) ?? REST };
}

/** Locks the rows that it changes, found by the primary key. */
async function justThese(db: Sql, { id, change }: Sweep, only: readonly string[]): Promise<SweepProgress> {
  const { rows } = await sql<{ processed: number }>`
    with ${change(sql`${id} = any (${[...only]}::text[])`, passOver)}
    select count(*)::int as processed from changed
  `.execute(db);
  return { processed: rows[0]!.processed, next: null };
}

/** Locks the rows that it changes, found by the index. */
async function throughIndex(
  db: Sql,
  { table, isDue, isWanted, change }: Picky,
  limit: number,
): Promise<{ readonly found: number; readonly processed: number }> {
  const { rows } = await sql<{ found: number; processed: number }>`
    with due as materialized (select ctid from ${table} where ${isDue} and ${isWanted} limit ${limit}),
    ${change(sql`ctid = any (array(select ctid from due))`, passOver)}
    select (select count(*) from due)::int as found, (select count(*) from changed)::int as processed
  `.execute(db);
  return rows[0]!;
}

/** Locks the rows that it changes, found by a scan of just these pages. */
async function throughPages(
  db: Sql,
  { change, isWanted }: Picky,
  walk: Walk,
  limit: number,
): Promise<SweepProgress> {
  const end = pagesAfter(walk, limit);
  const pages = sql`${pagesOf(walk, end)} and ${isWanted}`;
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
  { table, tableName, isDue, isWanted }: Picky,
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
    select count(*)::int as due from (select from ${table} where ${isDue} and ${isWanted} limit ${large}) as due
  `.execute(db);
  return counted[0]!.due >= large ? { page: 0, pages, rowsPerPage } : null;
}

function walkAt(after: Json): Walk | null {
  return after === null || after === REST ? null : (after as unknown as Walk);
}

/** Where a batch ends that begins at a walk's page. */
function pagesAfter({ page, pages, rowsPerPage }: Walk, limit: number): number {
  return Math.min(pages, page + Math.max(1, Math.floor(limit / rowsPerPage)));
}

function pagesOf({ page }: Walk, end: number): RawBuilder<unknown> {
  return sql`ctid >= ${`(${page},0)`}::tid and ctid < ${`(${end},0)`}::tid`;
}

function without(sweep: Sweep, skip: readonly string[] = []): Picky {
  const isWanted = skip.length === 0 ? sql`true` : sql`${sweep.id} <> all (${[...skip]}::text[])`;
  return { ...sweep, isWanted };
}
