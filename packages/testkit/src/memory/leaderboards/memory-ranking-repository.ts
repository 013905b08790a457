import type { Board, TieBreak, Transaction } from '@gamekeeper/core';
import type { BoardPeriod, NamedScore, RankingRepository, Score, ScorePages } from '@gamekeeper/core/ports';
import type { MemoryBoardTables } from './memory-board-tables.ts';

/** Scores in memory. */
export class MemoryRankingRepository implements RankingRepository {
  readonly #tables: MemoryBoardTables;

  constructor(tables: MemoryBoardTables) {
    this.#tables = tables;
  }

  scores(
    at: BoardPeriod,
    page: { readonly after?: Score; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly NamedScore[]> {
    return this.#tables.database.within(tx, () =>
      this.#tables.ordered(at, page).map((row) => this.#tables.named(row)),
    );
  }

  async allScores(tx: Transaction, at: BoardPeriod): Promise<ScorePages> {
    return (page) => this.scores(at, page, tx);
  }

  tieBreakOf({ key }: Board): Promise<TieBreak | null> {
    return this.#tables.database.within(undefined, () => {
      const scored = [...this.#tables.scores.values()].find(
        ({ board, lastXpAt }) => board === key && lastXpAt !== null,
      );
      return scored?.tieBreak ?? null;
    });
  }
}
