import type { Board, TieBreak, Transaction } from '@gamekeeper/core';
import type { BoardPeriod, NamedScore, RankingRepository, Score, ScorePages } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { epochMs } from '../database/sql.ts';
import { hasScored, placeOf } from './board-order.ts';
import { readAllScores } from './read-all-scores.ts';
import { readAfter, selectNamed } from './read-rankings.ts';

/** Scores on PostgreSQL. */
export class PostgresRankingRepository implements RankingRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async scores(
    at: BoardPeriod,
    page: { readonly after?: Score; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly NamedScore[]> {
    const { tables } = this.#database;
    const after = page.after ? placeOf(page.after, at.board.tieBreak) : null;
    return readAfter(tables, { at, after, limit: page.limit }, async (found) => {
      const { rows } = await this.#database.within(tx, (db) => selectNamed(tables, found).execute(db));
      return rows;
    });
  }

  async allScores(tx: Transaction, at: BoardPeriod): Promise<ScorePages> {
    return readAllScores(this.#database, tx, at);
  }

  /** The first row of the index on the order of rankings. */
  async tieBreakOf({ key }: Board): Promise<TieBreak | null> {
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<{ isEarliest: boolean }>`
        select tie_key = ${epochMs(sql`last_xp_at`)} as "isEarliest" from ${this.#database.tables.rankings}
        where board = ${key} and ${hasScored} and tie_key <> 0::bigint and last_xp_at is not null limit 1
      `.execute(db),
    );
    const [row] = rows;
    return row ? (row.isEarliest ? 'earliest' : 'latest') : null;
  }
}
