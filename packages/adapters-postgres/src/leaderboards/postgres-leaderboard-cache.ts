import type { Standing, UserId } from '@gamekeeper/core';
import type { BoardPeriod, Drift, LeaderboardCache, NamedScore, Score } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { millis, whole } from '../database/sql.ts';
import { placeOf, storedPlace } from './board-order.ts';
import { readAfter, rowsUpTo, selectCounted, selectNamed, type CountedScore } from './read-rankings.ts';

/** A score with the key that is stored for its place among equal scores. */
type PlacedScore = Score & { readonly tieKey: string };

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
    { after, limit }: { readonly after?: Score; readonly limit: number },
  ): Promise<readonly Standing[]> {
    const { tables } = this.#database;
    if (!after) {
      const best = await readAfter(tables, { at, after: null, limit }, (rows) =>
        this.#read(selectNamed(tables, rows)),
      );
      return ranked(best, 0);
    }
    const place = placeOf(after, at.board.tieBreak);
    const scores = await readAfter(tables, { at, after: place, limit }, (rows) =>
      this.#read(selectCounted(tables, at, place, rows)),
    );
    return ranked(scores, scores[0]?.upTo ?? 0);
  }

  async standing(at: BoardPeriod, userId: UserId): Promise<Standing | null> {
    const [standing] = await this.around(at, userId, { before: 0, after: 0 });
    return standing ?? null;
  }

  async around(
    at: BoardPeriod,
    userId: UserId,
    neighbours: { readonly before: number; readonly after: number },
  ): Promise<readonly Standing[]> {
    for (;;) {
      const own = await this.#find(at, userId);
      if (!own) return [];
      const rows = await this.#around(at, own, neighbours);
      if (rows) return rows;
    }
  }

  /** Returns a player's neighbours, or `null` if the player has left the place meanwhile. */
  async #around(
    at: BoardPeriod,
    own: PlacedScore,
    { before, after }: { readonly before: number; readonly after: number },
  ): Promise<readonly Standing[] | null> {
    const { tables } = this.#database;
    const place = storedPlace(own, own.tieKey);
    const above = rowsUpTo(tables, at, place, before + 1);
    let rows: readonly CountedScore[] = [];
    const indexOfOwn = (): number => rows.findIndex(({ userId }) => userId === own.userId);
    await readAfter(tables, { at, after: place, limit: after }, async (below) => {
      rows = await this.#read(selectCounted(tables, at, place, sql`(${above}) union all (${below})`));
      return rows.slice(indexOfOwn() + 1);
    });
    const index = indexOfOwn();
    const row = rows[index];
    if (row?.score !== own.score || row.lastXpAt !== own.lastXpAt) return null;
    return ranked(rows, row.upTo - index - 1);
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

  async #find({ board, period }: BoardPeriod, userId: UserId): Promise<PlacedScore | undefined> {
    const [own] = await this.#read(sql<PlacedScore>`
      select user_id as "userId", ${whole(sql`score`)} as score, ${millis('last_xp_at')} as "lastXpAt",
        tie_key::text as "tieKey"
      from ${this.#database.tables.rankings}
      where board = ${board.key} and period = ${period.key} and user_id = ${userId}
    `);
    return own;
  }

  async #read<Row>(statement: RawBuilder<Row>): Promise<readonly Row[]> {
    return (await this.#database.within(undefined, (db) => statement.execute(db))).rows;
  }
}

function ranked(scores: readonly NamedScore[], before: number): readonly Standing[] {
  return scores.map(({ userId, username, score, lastXpAt }, index) => ({
    userId,
    username,
    score,
    lastXpAt,
    rank: before + index + 1,
  }));
}
