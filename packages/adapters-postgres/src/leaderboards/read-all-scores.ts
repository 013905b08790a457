import type { Transaction } from '@gamekeeper/core';
import type { BoardPeriod, NamedScore, ScorePages } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { millis, whole } from '../database/sql.ts';
import { boardOrder } from './board-order.ts';

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
    // By default PostgreSQL plans a cursor for its first 10 % of rows.
    await database.within(tx, (db) => sql`set local cursor_tuple_fraction = 1`.execute(db));
    await database.within(tx, (db) =>
      sql`
        declare ${cursor} no scroll cursor for
        select user_id as "userId", username, ${whole(sql`score`)} as score, ${millis('last_xp_at')} as "lastXpAt"
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
      sql<NamedScore>`fetch forward ${sql.lit(limit)} from ${cursor}`.execute(db),
    );
    if (rows.length < limit) await close();
    return rows;
  };
}
