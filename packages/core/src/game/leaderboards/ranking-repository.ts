import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { Board, TieBreak } from './board.ts';
import type { BoardPeriod } from './board-period.ts';
import type { NamedScore, Score, ScorePages } from './standing.ts';

/**
 * The scores of boards, as the source of every leaderboard. Awards create them, resets carry them over and clear them.
 * `rankingRepositoryContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface RankingRepository {
  /** Returns scores of a period that is not cleared, in the order of the board, after a given one. */
  scores(
    at: BoardPeriod,
    page: { readonly after?: Score; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly NamedScore[]>;

  /**
   * Returns a function that reads all scores of a period, in the order of the board: page after page, each after the
   * last score of the previous one. A page without `after` starts again with the current scores; the following pages
   * may show the scores of that moment. Pages can be read until the transaction ends.
   */
  allScores(tx: Transaction, at: BoardPeriod): Promise<ScorePages>;

  /**
   * Returns in which order of ties the scores of a board are stored; `null` if nobody has XP there, in a period that is
   * not cleared.
   */
  tieBreakOf(board: Board): Promise<TieBreak | null>;
}
