import { RowLockedError, type Json } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import {
  dueRows,
  excluding,
  startOf,
  type FilteredSweep,
  type LookFrom,
  type Sweep,
  type SweepBatch,
} from './due-rows.ts';
import {
  SHORT_LOCK_TIMEOUT_MS,
  LONG_LOCK_TIMEOUT_MS,
  restoringLockTimeout,
  lockTimeout,
  withRowLockedError,
  retrySkippingLocked,
  tryUnlessLocked,
  lockTimeoutCondition,
} from './lock-timeouts.ts';
import { countsOf } from '../events/packed-events.ts';
import type { PostgresTransaction, Sql } from './postgres-transaction.ts';
import { startPageScan } from './page-scan.ts';
import { cursorIn } from './sweep-parts.ts';
import {
  REMAINING,
  REMAINING_UNLOCKED,
  isKeyWalk,
  isLockedRows,
  isPageScan,
  pagesAfter,
  pagesOf,
  cursorOf,
  skipsLockedRows,
  type IndexCursor,
  type LockedRows,
  type SweepCursor,
  type PageScan,
} from './sweep-cursor.ts';

/** What a batch changed, and where the next one begins; `null` if nothing was left that was due. */
export interface SweepProgress {
  readonly processed: number;
  readonly next: Json;
}

/** Maximum number of lock waits of a run, each of {@link LONG_LOCK_TIMEOUT_MS}. */
const MAX_LOCK_WAITS = 30;

/** A sweep that tells its transaction which events a statement has written. */
interface CountedSweep extends FilteredSweep {
  readonly count: (events: EventCounts) => void;
}

type EventCounts = Readonly<Record<string, number>> | null;

/**
 * Applies a rule to all due rows, in batches of one statement each.
 *
 * Few rows are found by the index. Many are found page by page in the order of the table, which writes each page once
 * and costs about as much as a single UPDATE of everything. Rows that move to another page meanwhile are found by the
 * index at the end, so none is left out; changed rows are not due any more, so none is changed twice.
 *
 * A batch waits only briefly for a locked row. Then it rolls back, releases its locks and skips locked rows; at the end
 * it waits for them one by one, without holding other locks.
 *
 * @throws {RowLockedError} if rows stayed locked for about half a minute
 */
export async function sweepBatch(
  tx: PostgresTransaction,
  sweep: Sweep,
  { shard, after, limit, only, skip }: SweepBatch,
): Promise<SweepProgress> {
  return restoringLockTimeout(tx, async (db) => {
    const count = (events: EventCounts): void => tx.countEvents(events);
    if (only) return sweepOnly(db, { ...sweep, count }, only);
    const place = cursorOf(cursorIn(shard, after));
    const picky = { ...excluding(sweep, skip), count };
    if (isPageScan(place)) {
      const progress = await sweepPages(db, picky, place, limit);
      // What is left after all parts is not for one of them.
      return shard && progress.next === REMAINING ? { ...progress, next: null } : progress;
    }
    if (!isLockedRows(place)) return sweepRemaining(db, picky, place, limit);
    // A dry run keeps its locks until it ends, so it must not wait for others.
    return tx.isDryRun ? { processed: 0, next: null } : sweepLocked(db, picky, place, limit);
  });
}

/** Returns the ids of the rows that a batch would find, by the index or by a scan of the same pages, without locks. */
export async function dueItems<Id extends string>(
  db: Sql,
  sweep: Sweep,
  { shard, after, limit, skip }: SweepBatch,
): Promise<readonly Id[]> {
  const wanted = excluding(sweep, skip);
  const { table, id, isDue, isWanted } = wanted;
  const place = cursorOf(cursorIn(shard, after));
  const { rows } = isPageScan(place)
    ? await sql<{ id: Id }>`
        select ${id.read} as id from ${table} where ${isDue} and ${isWanted} and ${pagesOf(place, pagesAfter(place, limit))}
      `.execute(db)
    : await sql<{ id: Id }>`
        select id from (${dueRows(wanted, { from: lookFrom(sweep, place), limit })}) as due
      `.execute(db);
  return rows.map((row) => row.id);
}

/** Sweeps the rows that the index finds; the first batch checks whether a page scan is better. */
async function sweepRemaining(
  db: Sql,
  sweep: CountedSweep,
  place: IndexCursor,
  limit: number,
): Promise<SweepProgress> {
  const from = lookFrom(sweep, place);
  const {
    result: { found, processed, walkedTo },
    skipsLocked,
  } = await retrySkippingLocked(
    db,
    { skipsLocked: skipsLockedRows(place), tables: writtenTables(sweep) },
    (skips) => sweepByIndex(db, sweep, { from, limit, skipsLocked: skips }),
  );
  if (walkedTo !== undefined) {
    const scan = place === null ? await startPageScan(db, sweep, limit) : null;
    return { processed, next: (scan ?? indexCursor(sweep, walkedTo, skipsLocked)) as Json };
  }
  // Rows behind a walk may have become due; the batch that ends a sweep has looked at all of them.
  if (isKeyWalk(place) && place.walkedTo !== '') {
    return { processed, next: indexCursor(sweep, '', skipsLocked) as Json };
  }
  // If fewer rows changed than were found, a concurrent transaction was faster, and a row may still be due.
  const all = processed === found ? null : (indexCursor(sweep, '', false) as Json);
  return { processed, next: skipsLocked ? { waits: 0 } : all };
}

/** Sweeps the rows that are not locked any more, or waits for the first locked one. */
async function sweepLocked(
  db: Sql,
  sweep: CountedSweep,
  { waits }: LockedRows,
  limit: number,
): Promise<SweepProgress> {
  const from = startOf(sweep);
  const free = await sweepByIndex(db, sweep, { from, limit, skipsLocked: true });
  if (free.found > 0) return { processed: free.processed, next: { waits } };
  const waited = await tryUnlessLocked(db, () =>
    sweepByIndex(db, sweep, { from, limit: 1, skipsLocked: false, waitMs: LONG_LOCK_TIMEOUT_MS }),
  );
  if ('result' in waited) {
    const { found, processed } = waited.result;
    return { processed, next: found === 0 ? null : { waits } };
  }
  if (waits + 1 >= MAX_LOCK_WAITS) throw new RowLockedError('A remaining row of a run', waited.locked);
  return { processed: 0, next: { waits: waits + 1 } };
}

/** Sweeps single rows. Locks the rows that it changes, found by the primary key. */
async function sweepOnly(
  db: Sql,
  { id, change, told, count }: Pick<CountedSweep, 'id' | 'change' | 'told' | 'count'>,
  only: readonly string[],
): Promise<SweepProgress> {
  const waitMs = only.length > 1 ? SHORT_LOCK_TIMEOUT_MS : LONG_LOCK_TIMEOUT_MS;
  const these = sql`${lockTimeoutCondition(waitMs)} and ${id} = any (${id.list(only)})`;
  const { rows } = await withRowLockedError(
    only.length > 1 ? 'One of several items' : `Item ${only[0]}`,
    () =>
      sql<{ processed: number; events: EventCounts }>`
      with ${change(these)} select pg_catalog.count(*)::int as processed, ${countsOf(told)} from changed
    `.execute(db),
  );
  count(rows[0]!.events);
  return { processed: rows[0]!.processed, next: null };
}

/**
 * Sweeps rows found by the index. Locks the rows that it changes. `walkedTo` is where the next batch continues;
 * `undefined` if this one has found all rows that are left.
 */
async function sweepByIndex(
  db: Sql,
  sweep: CountedSweep,
  {
    from,
    limit,
    skipsLocked,
    waitMs = SHORT_LOCK_TIMEOUT_MS,
  }: {
    readonly from: LookFrom;
    readonly limit: number;
    readonly skipsLocked: boolean;
    readonly waitMs?: number;
  },
): Promise<{
  readonly found: number;
  readonly processed: number;
  readonly walkedTo: string | null | undefined;
}> {
  const { rows } = await sql<{
    found: number;
    walked: number;
    last: string | null;
    processed: number;
    events: EventCounts;
  }>`
    with due as materialized (${dueRows(sweep, { from, limit, lock: lockClause(skipsLocked), waitMs })}),
    ${sweep.change(sql`ctid = any (array(select ctid from due))`)}
    select found, walked, last, (select pg_catalog.count(*) from changed)::int as processed, ${countsOf(sweep.told)}
    from (
      select pg_catalog.count(*)::int as found, (pg_catalog.count(*) filter (where is_walked))::int as walked,
        ${sweep.id.last(sql`id`, sql`is_walked`)} as last
      from due
    ) as looked
  `.execute(db);
  const { found, walked, last, processed, events } = rows[0]!;
  sweep.count(events);
  const isWalkOver = walked < limit;
  const isOver = isWalkOver && found - walked < limit;
  return { found, processed, walkedTo: isOver ? undefined : isWalkOver ? null : last };
}

/** Sweeps rows of some pages, found by a scan of just these pages. Locks the rows that it changes. */
async function sweepPages(
  db: Sql,
  sweep: CountedSweep,
  walk: PageScan,
  limit: number,
): Promise<SweepProgress> {
  const { table, change, isDue, isWanted, told } = sweep;
  const end = pagesAfter(walk, limit);
  const pages = sql`${pagesOf(walk, end)} and ${isWanted}`;
  // A crash of the server may lose a batch together with its checkpoint: its rows are due again. The last batches
  // flush all of them.
  await sql`select pg_catalog.set_config('synchronous_commit', 'off', true), ${lockTimeout(SHORT_LOCK_TIMEOUT_MS)}`.execute(
    db,
  );
  const unlocked = sql`
    free as materialized (
      select ctid from ${table} where ${lockTimeoutCondition(SHORT_LOCK_TIMEOUT_MS)} and ${pages} and ${isDue} ${lockClause(true)}
    ),
  `;
  const { result } = await retrySkippingLocked(
    db,
    { skipsLocked: false, tables: writtenTables(sweep) },
    (skipsLocked) =>
      sql<{ processed: number; events: EventCounts }>`
      with ${skipsLocked ? unlocked : sql``}
      ${change(skipsLocked ? sql`ctid = any (array(select ctid from free))` : pages)}
      select pg_catalog.count(*)::int as processed, ${countsOf(told)} from changed
    `.execute(db),
  );
  const { processed, events } = result.rows[0]!;
  sweep.count(events);
  return {
    processed,
    next: end < walk.pages ? { ...walk, page: end } : REMAINING,
  };
}

/** Returns where the look of a batch begins. After a page scan, one pass through the table is cheaper than a walk. */
function lookFrom(sweep: Sweep, place: SweepCursor): LookFrom {
  if (place === REMAINING || place === REMAINING_UNLOCKED) return 'unordered';
  return isKeyWalk(place) ? { after: place.walkedTo } : startOf(sweep);
}

/** Returns the cursor of the next batch by the index. */
function indexCursor({ walk }: Sweep, walkedTo: string | null, skipsLocked: boolean): SweepCursor {
  if (walk) return { walkedTo, skipsLocked };
  return skipsLocked ? REMAINING_UNLOCKED : REMAINING;
}

function writtenTables({ table, outbox }: Sweep): RawBuilder<unknown> {
  return sql`${table}, ${outbox}`;
}

function lockClause(skipsLocked: boolean): RawBuilder<unknown> {
  return skipsLocked ? sql`for update skip locked` : sql``;
}
