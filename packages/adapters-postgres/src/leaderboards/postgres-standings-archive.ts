import type { Board, Standing, UserId } from '@gamekeeper/core';
import type { StandingsArchive } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { millis, whole, type Tables } from '../database/sql.ts';

/** Final standings on PostgreSQL. */
export class PostgresStandingsArchive implements StandingsArchive {
  readonly #database: PostgresDatabase;
  readonly #tables: Tables;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#tables = database.tables;
  }

  list(
    { board, period }: { readonly board: Board; readonly period: string },
    { afterRank = 0, limit }: { readonly afterRank?: number; readonly limit: number },
  ): Promise<readonly Standing[]> {
    return this.#select(board, period, sql`and rank > ${afterRank} order by archived.rank limit ${limit}`);
  }

  async find(
    { board, period }: { readonly board: Board; readonly period: string },
    userId: UserId,
  ): Promise<Standing | null> {
    const [row] = await this.#select(board, period, sql`and user_id = ${userId}`);
    return row ?? null;
  }

  /** Primary key, or the index on players; no locks. */
  async #select(board: Board, period: string, rest: RawBuilder<unknown>): Promise<readonly Standing[]> {
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<Standing>`
        select ${whole(sql`rank`)} as rank, user_id as "userId", username, ${whole(sql`score`)} as score,
          ${millis('last_xp_at')} as "lastXpAt"
        from ${this.#tables.archive} as archived where board = ${board.key} and period = ${period} ${rest}
      `.execute(db),
    );
    return rows;
  }
}
