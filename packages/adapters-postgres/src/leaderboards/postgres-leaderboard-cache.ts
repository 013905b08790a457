import type { Standing, UserId } from '@gamekeeper/core';
import type { BoardPeriod, Drift, LeaderboardCache, NamedScore, Score } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { whole } from '../database/sql.ts';
import { countBefore, rowsAfter, rowsUpTo, selectNamed, selectScores } from './read-rankings.ts';

const NO_DRIFT: Drift = { missing: 0, extra: 0, wrongScore: 0, misplaced: 0, renamed: 0 };

/**
 * Leaderboards read from the tables that awards are written to, for hosts without another cache: always correct, since
 * there is no copy that could drift. A rank is counted along the index of the board's order.
 */
export class PostgresLeaderboardCache implements LeaderboardCache {
  readonly readsStore = true;
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async top(
    at: BoardPeriod,
    page: { readonly after?: Score; readonly limit: number },
  ): Promise<readonly Standing[]> {
    const scores = await this.#read(selectScores(this.#database.tables, at, page));
    const first = page.after && scores[0] ? await this.#countBefore(at, scores[0]) : 0;
    return ranked(scores, first);
  }

  async standing(at: BoardPeriod, userId: UserId): Promise<Standing | null> {
    const own = await this.#find(at, userId);
    return own ? { ...own, rank: (await this.#countBefore(at, own)) + 1 } : null;
  }

  async around(
    at: BoardPeriod,
    userId: UserId,
    { before, after }: { readonly before: number; readonly after: number },
  ): Promise<readonly Standing[]> {
    const own = await this.#find(at, userId);
    if (!own) return [];
    const { tables } = this.#database;
    const neighbours = await this.#read(
      selectNamed(
        tables,
        sql`(${rowsUpTo(tables, at, own, before + 1)}) union all (${rowsAfter(tables, at, own, after)})`,
      ),
    );
    return neighbours[0] ? ranked(neighbours, await this.#countBefore(at, neighbours[0])) : [];
  }

  async size({ board, period }: BoardPeriod): Promise<number> {
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<{ count: number }>`
        select ${whole(sql`pg_catalog.count(*)`)} as count from ${this.#database.tables.rankings}
        where board = ${board.key} and period = ${period.key}
      `.execute(db),
    );
    return rows[0]!.count;
  }

  async record(): Promise<void> {
    // The award has already written the score.
  }

  async rename(): Promise<void> {
    // Names are read from the rows of the players.
  }

  async reconcile(): Promise<Drift> {
    return NO_DRIFT;
  }

  async drop(): Promise<void> {
    // Sealed scores are cleared by the reset itself.
  }

  async #find({ board, period }: BoardPeriod, userId: UserId): Promise<NamedScore | undefined> {
    const { tables } = this.#database;
    const [own] = await this.#read(
      selectNamed(
        tables,
        sql`select * from ${tables.rankings} where board = ${board.key} and period = ${period.key} and user_id = ${userId}`,
      ),
    );
    return own;
  }

  async #countBefore(at: BoardPeriod, place: Score): Promise<number> {
    const { rows } = await this.#database.within(undefined, (db) =>
      countBefore(this.#database.tables, at, place).execute(db),
    );
    return rows[0]!.count;
  }

  async #read(statement: ReturnType<typeof selectScores>): Promise<readonly NamedScore[]> {
    return (await this.#database.within(undefined, (db) => statement.execute(db))).rows;
  }
}

function ranked(scores: readonly NamedScore[], before: number): readonly Standing[] {
  return scores.map((score, index) => ({ ...score, rank: before + index + 1 }));
}
