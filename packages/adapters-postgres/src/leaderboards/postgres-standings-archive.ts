import type { Board, Standing, UserId } from '@gamekeeper/core';
import type { StandingsArchive } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { millis, whole, type Tables } from '../database/sql.ts';
import { PACK_SIZE, standingOf } from './archive-packs.ts';

/** Final standings on PostgreSQL. */
export class PostgresStandingsArchive implements StandingsArchive {
  readonly #database: PostgresDatabase;
  readonly #tables: Tables;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#tables = database.tables;
  }

  /** The packs from these ranks on, by the primary key, as far as the page needs them. */
  list(
    { board, period }: { readonly board: Board; readonly period: string },
    { afterRank = 0, limit }: { readonly afterRank?: number; readonly limit: number },
  ): Promise<readonly Standing[]> {
    return this.#select(sql`
      select pack.first_rank + standing.position - 1 as rank, standing.*
      from ${this.#tables.archivePacks} as pack
        cross join lateral unnest(pack.user_ids, pack.usernames, pack.scores, pack.last_xp_at)
          with ordinality as standing (user_id, username, score, last_xp_at, position)
      where pack.board = ${board.key} and pack.period = ${period}
        and pack.first_rank > ${afterRank - PACK_SIZE} and pack.first_rank + standing.position - 1 > ${afterRank}
      order by pack.first_rank, standing.position limit ${limit}
    `);
  }

  async find(
    { board, period }: { readonly board: Board; readonly period: string },
    userId: UserId,
  ): Promise<Standing | null> {
    const key = { board: sql`${board.key}`, period: sql`${period}` };
    const [row] = await this.#select(
      sql`select ${userId}::text as user_id, found.* from (${standingOf(this.#tables, key, userId)}) as found`,
    );
    return row ?? null;
  }

  async #select(standings: RawBuilder<unknown>): Promise<readonly Standing[]> {
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<Standing>`
        select ${whole(sql`rank`)} as rank, user_id as "userId", username, ${whole(sql`score`)} as score,
          ${millis('last_xp_at')} as "lastXpAt"
        from (${standings}) as archived order by archived.rank
      `.execute(db),
    );
    return rows;
  }
}
