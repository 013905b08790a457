import { RowLockedError, type ItemFilter, type Json } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import {
  SHORT_LOCK_TIMEOUT_MS,
  LONG_LOCK_TIMEOUT_MS,
  restoringLockTimeout,
  lockTimeout,
  withRowLockedError,
  retrySkippingLocked,
  tryUnlessLocked,
  lockTimeoutCondition,
  type WriteMode,
} from './lock-timeouts.ts';
import type { PostgresTransaction, Sql } from './postgres-transaction.ts';
import { whole } from './sql.ts';
import {
  REMAINING,
  REMAINING_UNLOCKED,
  isLockedRows,
  isPageScan,
  pagesAfter,
  pagesOf,
  cursorOf,
  type LockedRows,
  type SweepCursor,
  type PageScan,
} from './sweep-cursor.ts';

/** What a sweep goes through and what it does there. */
export interface Sweep {
  readonly table: RawBuilder<unknown>;
  /** The table's quoted name as text, to look it up in the catalogue. */
  readonly tableName: string;
  /** Where its events go. */
  readonly outbox: RawBuilder<unknown>;
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
export interface SweepBatch extends ItemFilter {
  readonly after: Json;
  readonly limit: number;
}

/** What a batch changed, and where the next goes on; `null` when nothing is left that was due. */
export interface SweepProgress {
  readonly processed: number;
  readonly next: Json;
}

/** A sweep that leaves some rows alone. */
interface FilteredSweep extends Sweep {
  readonly isWanted: RawBuilder<unknown>;
}

/** From this share of the table on (or this many rows), going through its pages beats going through the index. */
const LARGE_SHARE = 0.05;
const LARGE_COUNT = 200_000;

/** What a page holds when the table has not been analysed yet. */
const TYPICAL_ROWS_PER_PAGE = 100;

/** How often a run waits in vain for a row that is locked, {@link LONG_LOCK_TIMEOUT_MS} each time. */
const MAX_LOCK_WAITS = 30;

const onConflictDoNothing = sql`on conflict (event_key) do nothing`;
const lookingForKnown: WriteMode = { skipsLocked: false, onConflict: onConflictDoNothing };

/**
 * Carries out a rule on all rows that are due, a batch at a time and each batch in one statement.
 *
 * A few are found through the index. A crowd is found page by page in the order of the table, which writes each page
 * once and costs about what a single UPDATE of everything does. Rows that move to another page meanwhile are found by
 * the index at the end, so none is left out; what was changed is not due any more, so none is changed twice.
 *
 * A batch waits but a moment for a row that somebody else has locked. Then it lets go of all it holds and passes over
 * those that are locked; they are waited for at the end, one by one and with nothing else in hand.
 *
 * @throws {RowLockedError} when rows have stayed locked for about half a minute
 */
export async function sweepBatch(
  tx: PostgresTransaction,
  sweep: Sweep,
  { after, limit, only, skip }: SweepBatch,
): Promise<SweepProgress> {
  return restoringLockTimeout(tx, (db) => {
    if (only) return sweepOnly(db, sweep, only);
    const place = cursorOf(after);
    const picky = excluding(sweep, skip);
    if (isPageScan(place)) return sweepPages(db, picky, place, limit);
    if (!isLockedRows(place)) return sweepRemaining(db, picky, place, limit);
    // A rehearsal holds all that it has changed until it ends, and waits for nobody.
    return tx.isDryRun ? Promise.resolve({ processed: 0, next: null }) : sweepLocked(db, picky, place, limit);
  });
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
  const { table, id, isDue, isWanted } = excluding(sweep, skip);
  const place = cursorOf(after);
  const part = isPageScan(place) ? sql`and ${pagesOf(place, pagesAfter(place, limit))}` : sql`limit ${limit}`;
  const { rows } = await sql<{ id: Id }>`
    select ${id} as id from ${table} where ${isDue} and ${isWanted} ${part}
  `.execute(db);
  return rows.map((row) => row.id);
}

/** Rows that are found by the index; the first batch looks whether there is a crowd instead. */
async function sweepRemaining(
  db: Sql,
  sweep: FilteredSweep,
  place: SweepCursor,
  limit: number,
): Promise<SweepProgress> {
  const first = { ...lookingForKnown, skipsLocked: place === REMAINING_UNLOCKED };
  const { result, form } = await retrySkippingLocked(db, lockRetryOptions(sweep, first), ({ skipsLocked }) =>
    sweepByIndex(db, sweep, { limit, skipsLocked }),
  );
  const { found, processed } = result;
  if (found < limit) {
    // Fewer changed than found: somebody was at a row before us, and it may still be due.
    const all = processed === found ? null : REMAINING;
    return { processed, next: form.skipsLocked ? { waits: 0 } : all };
  }
  const walk = place === null ? await startPageScan(db, sweep, limit) : null;
  return { processed, next: (walk as Json) ?? (form.skipsLocked ? REMAINING_UNLOCKED : REMAINING) };
}

/** Whoever is not locked any more, or else the first of those who are. */
async function sweepLocked(
  db: Sql,
  sweep: FilteredSweep,
  { waits }: LockedRows,
  limit: number,
): Promise<SweepProgress> {
  const free = await withRowLockedError('The key of an event', () =>
    sweepByIndex(db, sweep, { limit, skipsLocked: true }),
  );
  if (free.found > 0) return { processed: free.processed, next: { waits } };
  const waited = await tryUnlessLocked(db, () =>
    sweepByIndex(db, sweep, { limit: 1, skipsLocked: false, waitMs: LONG_LOCK_TIMEOUT_MS }),
  );
  if ('result' in waited) {
    const { found, processed } = waited.result;
    return { processed, next: found === 0 ? null : { waits } };
  }
  if (waits + 1 >= MAX_LOCK_WAITS) throw new RowLockedError('What is left of a run', waited.locked);
  return { processed: 0, next: { waits: waits + 1 } };
}

/** Locks the rows that it changes, found by the primary key. */
async function sweepOnly(db: Sql, { id, change }: Sweep, only: readonly string[]): Promise<SweepProgress> {
  const waitMs = only.length > 1 ? SHORT_LOCK_TIMEOUT_MS : LONG_LOCK_TIMEOUT_MS;
  const these = sql`${lockTimeoutCondition(waitMs)} and ${id} = any (${[...only]}::text[])`;
  const { rows } = await withRowLockedError(
    only.length > 1 ? 'One of several items' : `Item ${only[0]}`,
    () =>
      sql<{ processed: number }>`
      with ${change(these, onConflictDoNothing)} select pg_catalog.count(*)::int as processed from changed
    `.execute(db),
  );
  return { processed: rows[0]!.processed, next: null };
}

/** Locks the rows that it changes, found by the index. */
async function sweepByIndex(
  db: Sql,
  { table, isDue, isWanted, change }: FilteredSweep,
  {
    limit,
    skipsLocked,
    waitMs = SHORT_LOCK_TIMEOUT_MS,
  }: { readonly limit: number; readonly skipsLocked: boolean; readonly waitMs?: number },
): Promise<{ readonly found: number; readonly processed: number }> {
  const { rows } = await sql<{ found: number; processed: number }>`
    with due as materialized (
      select ctid from ${table} where ${lockTimeoutCondition(waitMs)} and ${isDue} and ${isWanted}
      limit ${limit} ${lockClause(skipsLocked)}
    ),
    ${change(sql`ctid = any (array(select ctid from due))`, onConflictDoNothing)}
    select (select pg_catalog.count(*) from due)::int as found, (select pg_catalog.count(*) from changed)::int as processed
  `.execute(db);
  return rows[0]!;
}

/** Locks the rows that it changes, found by a scan of just these pages. */
async function sweepPages(
  db: Sql,
  sweep: FilteredSweep,
  walk: PageScan,
  limit: number,
): Promise<SweepProgress> {
  const { table, change, isDue, isWanted } = sweep;
  const end = pagesAfter(walk, limit);
  const pages = sql`${pagesOf(walk, end)} and ${isWanted}`;
  // A crash of the server may take a batch back, checkpoint included: it is still due then. The rest flushes them all.
  await sql`select pg_catalog.set_config('synchronous_commit', 'off', true), ${lockTimeout(SHORT_LOCK_TIMEOUT_MS)}`.execute(
    db,
  );
  const unlocked = sql`
    free as materialized (
      select ctid from ${table} where ${lockTimeoutCondition(SHORT_LOCK_TIMEOUT_MS)} and ${pages} and ${isDue} ${lockClause(true)}
    ),
  `;
  // An event is known only where somebody acted late, as of before the tick, and became due at it again.
  const first = { skipsLocked: false, onConflict: sql`` };
  const { result } = await retrySkippingLocked(
    db,
    lockRetryOptions(sweep, first),
    ({ skipsLocked, onConflict }) =>
      sql<{ processed: number }>`
      with ${skipsLocked ? unlocked : sql``}
      ${change(skipsLocked ? sql`ctid = any (array(select ctid from free))` : pages, onConflict)}
      select pg_catalog.count(*)::int as processed from changed
    `.execute(db),
  );
  return {
    processed: result.rows[0]!.processed,
    next: end < walk.pages ? { ...walk, page: end } : REMAINING,
  };
}

/** The start of a walk when a large share of the table is due, `null` otherwise. */
async function startPageScan(
  db: Sql,
  { table, tableName, isDue, isWanted }: FilteredSweep,
  limit: number,
): Promise<PageScan | null> {
  const { rows } = await sql<{ pages: number; tuples: number; analysed_pages: number }>`
    select (pg_catalog.pg_relation_size(oid) / pg_catalog.current_setting('block_size')::int)::int as pages,
      ${whole(sql`reltuples::bigint`)} as tuples, relpages as analysed_pages
    from pg_catalog.pg_class where oid = ${tableName}::regclass::oid
  `.execute(db);
  const { pages, tuples, analysed_pages: analysedPages } = rows[0]!;
  const rowsPerPage = Math.max(
    1,
    tuples > 0 && analysedPages > 0 ? tuples / analysedPages : TYPICAL_ROWS_PER_PAGE,
  );
  const large = Math.max(limit, Math.ceil(Math.min(LARGE_COUNT, pages * rowsPerPage * LARGE_SHARE)));
  const { rows: counted } = await sql<{ due: number }>`
    select pg_catalog.count(*)::int as due from (select from ${table} where ${isDue} and ${isWanted} limit ${large}) as due
  `.execute(db);
  return counted[0]!.due >= large ? { page: 0, pages, rowsPerPage } : null;
}

function lockRetryOptions(
  { table, outbox }: Sweep,
  first: WriteMode,
): Parameters<typeof retrySkippingLocked>[1] {
  return { first, passOver: onConflictDoNothing, tables: sql`${table}, ${outbox}` };
}

function lockClause(skipsLocked: boolean): RawBuilder<unknown> {
  return skipsLocked ? sql`for update skip locked` : sql``;
}

function excluding(sweep: Sweep, skip: readonly string[] = []): FilteredSweep {
  const isWanted = skip.length === 0 ? sql`true` : sql`${sweep.id} <> all (${[...skip]}::text[])`;
  return { ...sweep, isWanted };
}
