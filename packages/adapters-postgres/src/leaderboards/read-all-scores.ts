import type { Transaction, UserId } from '@gamekeeper/core';
import type { BoardPeriod, NamedScore, ScorePages } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { epochMs } from '../database/sql.ts';
import { boardOrder } from './board-order.ts';

/** Memory for the sort of a whole board, at least. */
const SORT_BYTES = 64 * 1024 * 1024;

/**
 * Returns all scores of a period through a cursor, as of its opening: read in the order of the table, and sorted.
 * Following the index from row to row costs several times as much. Without locks.
 */
export function readAllScores(database: PostgresDatabase, tx: Transaction, at: BoardPeriod): ScorePages {
  const { rankings } = database.tables;
  const { board, period } = at;
  const cursor = sql.id(`gamekeeper ${board.key} ${period.key}`);
  let isOpen = false;

  const close = async (): Promise<void> => {
    isOpen = false;
    await database.within(tx, (db) => sql`close ${cursor}`.execute(db));
  };
  const open = async (): Promise<void> => {
    if (isOpen) await close();
    // By default PostgreSQL plans a cursor for its first 10 % of rows, and sorts a large board in several passes.
    await database.within(tx, (db) =>
      sql`
        select pg_catalog.set_config('cursor_tuple_fraction', '1', true), pg_catalog.set_config('work_mem', (greatest(
          pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')), ${SORT_BYTES}
        ) / 1024)::text, true)
      `.execute(db),
    );
    await database.within(tx, (db) =>
      sql`
        declare ${cursor} no scroll cursor for
        select user_id as "userId", username, score, ${fastMillis(sql`last_xp_at`)} as "lastXpAt"
        from ${rankings} where board = ${board.key} and period = ${period.key}
        order by ${boardOrder}
      `.execute(db),
    );
    isOpen = true;
  };

  return async ({ after, limit }) => {
    if (after === undefined) await open();
    if (!isOpen) return [];
    const { rows } = await database.within(tx, (db) =>
      sql<StoredScore>`fetch forward ${sql.lit(limit)} from ${cursor}`.execute(db),
    );
    if (rows.length < limit) await close();
    return rows.map(asScore);
  };
}

/** A row as drivers return it: whole numbers are text in one and numbers in the other. */
interface StoredScore {
  readonly userId: UserId;
  readonly username: string;
  score: string | number;
  lastXpAt: string | number | null;
}

/** Turns a row into a score, in place: a copy of each would cost as much as reading it. */
function asScore(row: StoredScore): NamedScore {
  row.score = Number(row.score);
  row.lastXpAt = row.lastXpAt === null ? null : Number(row.lastXpAt);
  return row as NamedScore;
}

/**
 * Returns an instant in milliseconds, as `bigint`, in a third of the time of {@link epochMs} with its decimal numbers:
 * in the years in which floating-point numbers are exact.
 */
function fastMillis(at: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    case when ${at} between timestamptz '1900-01-01 00:00:00Z' and timestamptz '2200-01-01 00:00:00Z'
      then pg_catalog.round(pg_catalog.date_part('epoch', ${at}) * float8 '1000')::bigint
      else ${epochMs(at)} end
  `;
}
