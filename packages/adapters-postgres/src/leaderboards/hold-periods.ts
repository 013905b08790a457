import { type AwardId, type Board, type Instant, type XpAward } from '@gamekeeper/core';
import { type BoardPeriod, type Period } from '@gamekeeper/core/ports';
import { compareBytewise, periodAt } from '@gamekeeper/core/game';
import { sql } from 'kysely';
import { keepsSnapshot } from '../database/isolation.ts';
import { SHORT_LOCK_TIMEOUT_MS, lockTimeout, withRowLockedError } from '../database/lock-timeouts.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import { millis, timestamp, type Tables } from '../database/sql.ts';
import { openUnlessPassed } from './open-period.ts';

interface HeldPeriod {
  readonly isolation: string;
  readonly board: string;
  readonly key: string;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
}

/** Where the tables are, and in which schema. */
export interface BoardTables {
  readonly tables: Tables;
  readonly schema: string;
}

/**
 * Finds the period of each board for an award, opens those that are not stored, and holds them open: sealing one of them
 * waits until this transaction ends, and this call waits for a sealing in progress. A transaction with a snapshot fails
 * if one of them was sealed since.
 */
export async function holdPeriods(
  db: Sql,
  at: BoardTables,
  boards: readonly Board[],
  { awardId, earnedAt }: Pick<XpAward, 'awardId' | 'earnedAt'>,
): Promise<readonly BoardPeriod[]> {
  const { tables } = at;
  const closing = boards.filter(({ period }) => period !== 'all');
  const held = new Map<string, Period>();
  const hold = async (wanted: readonly Board[]): Promise<void> => {
    const stored = await lockStoredPeriods(db, at, wanted, earnedAt);
    if (stored.some(({ isolation }) => keepsSnapshot(isolation)))
      await assertPeriodsUnchanged(db, tables, stored);
    for (const { board, key, startsAt, endsAt } of stored) held.set(board, { key, startsAt, endsAt });
  };
  await hold(closing);
  const missing = closing.filter(({ key }) => !held.has(key));
  // An award that was counted before opens nothing.
  if (missing.length > 0 && !(await isAwardKnown(db, tables, awardId))) {
    // Periods are opened in the same order everywhere, so that two transactions that open several do not deadlock.
    for (const board of missing.toSorted((a, b) => compareBytewise(a.key, b.key))) {
      const { period, isPassed } = await openUnlessPassed(db, tables, board, earnedAt);
      if (isPassed) held.set(board.key, period);
    }
    await hold(missing.filter(({ key }) => !held.has(key)));
  }
  return boards.map((board) => ({ board, period: held.get(board.key) ?? periodAt(board, earnedAt) }));
}

/** Holds the stored periods of an instant open, by the index on periods, with the same locks as `heldPeriods`. */
async function lockStoredPeriods(
  db: Sql,
  { tables, schema }: BoardTables,
  boards: readonly Board[],
  at: Instant,
): Promise<readonly HeldPeriod[]> {
  if (boards.length === 0) return [];
  const { rows } = await sql<HeldPeriod>`
    with found as materialized (
      select wanted.board, period, starts_at, ends_at
      from pg_catalog.unnest(${boards.map(({ key }) => key)}::text[]) as wanted (board)
      cross join lateral (
        select period, starts_at, ends_at from ${tables.periods} as known
        where known.board = wanted.board and starts_at <= ${timestamp(at)}
        order by starts_at desc limit 1
      ) as latest
      where ends_at > ${timestamp(at)}
    )
    select pg_catalog.current_setting('transaction_isolation') as isolation,
      board, period as key, ${millis('starts_at')} as "startsAt", ${millis('ends_at')} as "endsAt",
      pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtext(${schema}::text || board), pg_catalog.hashtext(period))::text as held
    from found
  `.execute(db);
  return rows;
}

/** By the primary key of awards, without locks. */
async function isAwardKnown(db: Sql, tables: Tables, awardId: AwardId): Promise<boolean> {
  const { rows } = await sql`select 1 from ${tables.awards} where award_id = ${awardId}`.execute(db);
  return rows.length > 0;
}

/**
 * Fails with a serialization error (40001) if a period has changed since the transaction's snapshot, in which a period
 * that was sealed meanwhile still looks open. By the primary key; it locks the rows, so it is only for transactions
 * with a snapshot.
 */
async function assertPeriodsUnchanged(
  db: Sql,
  tables: Tables,
  periods: readonly HeldPeriod[],
): Promise<void> {
  await sql`
    select from ${tables.periods} where (board, period) in (
      select * from unnest(${periods.map(({ board }) => board)}::text[], ${periods.map(({ key }) => key)}::text[])
    ) order by board for share
  `.execute(db);
}

/**
 * Waits for the awards that hold a period open, and makes new ones wait until the transaction ends. New awards queue
 * behind it, so it must not wait for long.
 *
 * @throws {RowLockedError} if an uncommitted award holds the period open for longer
 */
export async function lockPeriodForSeal(
  db: Sql,
  schema: string,
  board: string,
  period: string,
): Promise<void> {
  await withRowLockedError(`Period ${period} of ${board}`, () =>
    sql`
      select ${lockTimeout(SHORT_LOCK_TIMEOUT_MS)}, pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext(${schema}::text || ${board}::text), pg_catalog.hashtext(${period}::text))
    `.execute(db),
  );
}
