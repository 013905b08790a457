import type { Transaction } from '@gamekeeper/core';
import type { BoardPeriod, NamedScore, RankingRepository, Score, ScorePages } from '@gamekeeper/core/ports';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { readAllScores } from './read-all-scores.ts';
import { selectScores } from './read-rankings.ts';

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
    const { rows } = await this.#database.within(tx, (db) =>
      selectScores(this.#database.tables, at, page).execute(db),
    );
    return rows;
  }

  async allScores(tx: Transaction, at: BoardPeriod): Promise<ScorePages> {
    return readAllScores(this.#database, tx, at);
  }
}
