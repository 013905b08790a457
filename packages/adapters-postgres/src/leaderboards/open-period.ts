import {
  keysAround,
  periodAmong,
  periodAt,
  type Board,
  type ClosingPeriod,
  type FoundPeriod,
  type Instant,
  type Period,
} from '@gamekeeper/core';
import { sql } from 'kysely';
import { lockTimeout } from '../database/lock-waits.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import { millis, timestamp, type Tables } from '../database/sql.ts';
import { spanOf } from './board-order.ts';

interface Around {
  readonly latest: ClosingPeriod | null;
  readonly next: ClosingPeriod | null;
  readonly keys: readonly string[];
}

/**
 * The period that an instant belongs to. By the index on periods, and the board's part of their primary key for the
 * keys; without locks.
 */
export async function findPeriod(db: Sql, tables: Tables, board: Board, at: Instant): Promise<FoundPeriod> {
  if (board.period === 'all') return { period: periodAt(board, at), isStored: true };
  const span = sql`jsonb_build_object(
    'key', period, 'startsAt', ${millis('starts_at')}, 'endsAt', ${millis('ends_at')}
  )`;
  const { rows } = await sql<Around>`
    select
      (select ${span} from ${tables.periods}
        where board = ${board.key} and starts_at <= ${timestamp(at)} order by starts_at desc limit 1) as latest,
      (select ${span} from ${tables.periods}
        where board = ${board.key} and starts_at > ${timestamp(at)} order by starts_at limit 1) as next,
      (select coalesce(jsonb_agg(period), '[]') from ${tables.periods}
        where board = ${board.key} and split_part(period, '.', 1) = any (${keysAround(board, at)}::text[])) as keys
  `.execute(db);
  return periodAmong(board, at, rows[0]!);
}

/**
 * Stores the period that an instant belongs to, unless it is stored. Locks the board's row of openings until the
 * transaction ends: openings of a board come one after the other, so none overlaps another that it has not seen. In a
 * transaction with a snapshot, the change of that row fails where somebody has opened a period since.
 *
 * @param waitMs bounds the wait for that row, and every other until the transaction ends; without it they are not bounded
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
  await sql`
    insert into ${tables.openings} as known (board, opened) values (${board.key}, 1)
    on conflict (board) do update set opened = known.opened + 1
  `.execute(db);
  const { period, isStored } = await findPeriod(db, tables, board, at);
  if (isStored) return period;
  await sql`
    insert into ${tables.periods} (board, period, starts_at, ends_at)
    values (${board.key}, ${period.key}, ${spanOf(period)})
  `.execute(db);
  return period;
}
