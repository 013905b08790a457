import { type Board, type Instant } from '@gamekeeper/core';
import { type BoundedPeriod, type ResolvedPeriod, type Period } from '@gamekeeper/core/ports';
import { candidatePeriodKeys, resolvePeriod, periodAt } from '@gamekeeper/core/game';
import { sql } from 'kysely';
import { lockTimeout } from '../database/lock-timeouts.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import { epochMs, timestamp, type Tables } from '../database/sql.ts';
import { spanOf } from './board-order.ts';

interface NeighbouringPeriods {
  readonly latest: BoundedPeriod | null;
  readonly next: BoundedPeriod | null;
  readonly keys: readonly string[];
  /** Whether a period that begins after the instant is sealed. */
  readonly isPassed: boolean;
}

/** The period of an instant. If it is not stored, its reset may have passed already; then it is never opened. */
type PeriodLookup = ResolvedPeriod & { readonly isPassed: boolean };

/**
 * Returns the period of an instant. By the index on periods and, for the keys, the board's part of their primary key;
 * without locks.
 */
export async function findPeriod(db: Sql, tables: Tables, board: Board, at: Instant): Promise<PeriodLookup> {
  if (board.period === 'all') return { period: periodAt(board, at), isStored: true, isPassed: false };
  const span = sql`pg_catalog.jsonb_build_object(
    'key', period, 'startsAt', ${epochMs(sql`starts_at`)}, 'endsAt', ${epochMs(sql`ends_at`)}
  )`;
  const { rows } = await sql<NeighbouringPeriods>`
    select
      (select ${span} from ${tables.periods}
        where board = ${board.key} and starts_at <= ${timestamp(at)} order by starts_at desc limit 1) as latest,
      (select ${span} from ${tables.periods}
        where board = ${board.key} and starts_at > ${timestamp(at)} order by starts_at limit 1) as next,
      (select coalesce(pg_catalog.jsonb_agg(period), '[]') from ${tables.periods}
        where board = ${board.key} and pg_catalog.split_part(period, '.', 1) = any (${candidatePeriodKeys(board, at)}::text[])) as keys,
      exists (select from ${tables.periods}
        where board = ${board.key} and starts_at > ${timestamp(at)} and sealed_at is not null) as "isPassed"
  `.execute(db);
  const { isPassed, ...stored } = rows[0]!;
  const found = resolvePeriod(board, at, stored);
  return { ...found, isPassed: isPassed && !found.isStored };
}

/**
 * Stores the period of an instant, unless it is stored. Locks the board's row of openings until the transaction ends:
 * openings of a board run one after the other, so that no period overlaps one that it has not seen. In a transaction
 * with a snapshot, the change of that row fails if another transaction has opened a period since.
 *
 * @param waitMs lock timeout for that row and for every later lock of the transaction; without it there is no timeout
 */
export async function openPeriod(
  db: Sql,
  tables: Tables,
  board: Board,
  at: Instant,
  waitMs?: number,
): Promise<Period> {
  const found = await findPeriod(db, tables, board, at);
  if (found.isStored) return found.period;
  if (waitMs !== undefined) await sql`select ${lockTimeout(waitMs)}`.execute(db);
  await lockOpenings(db, tables, board);
  const { period, isStored } = await findPeriod(db, tables, board, at);
  if (!isStored) await insertPeriod(db, tables, board, period);
  return period;
}

/** Like {@link openPeriod}, but a period whose reset has passed is not opened: the reset would not run again for it. */
export async function openUnlessPassed(
  db: Sql,
  tables: Tables,
  board: Board,
  at: Instant,
): Promise<PeriodLookup> {
  const before = await findPeriod(db, tables, board, at);
  if (before.isStored || before.isPassed) return before;
  await lockOpenings(db, tables, board);
  const found = await findPeriod(db, tables, board, at);
  if (!found.isStored && !found.isPassed) await insertPeriod(db, tables, board, found.period);
  return found;
}

/**
 * Waits for a concurrent opening of a period of the board, and makes others wait until the transaction ends. Changes
 * the board's row of openings.
 */
export async function lockOpenings(db: Sql, tables: Tables, board: Board): Promise<void> {
  await sql`
    insert into ${tables.openings} as known (board, opened) values (${board.key}, 1)
    on conflict (board) do update set opened = known.opened + 1
  `.execute(db);
}

async function insertPeriod(db: Sql, tables: Tables, board: Board, period: Period): Promise<void> {
  await sql`
    insert into ${tables.periods} (board, period, starts_at, ends_at)
    values (${board.key}, ${period.key}, ${spanOf(period)})
  `.execute(db);
}
