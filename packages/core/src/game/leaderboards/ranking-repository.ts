import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { BoardPeriod } from './board-period.ts';
import type { NamedScore, Score, ScorePages } from './standing.ts';

/**
 * The scores of boards: the truth behind every leaderboard. Awards make them, resets carry them over and clear them.
 * `rankingRepositoryContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface RankingRepository {
  /** Scores of a period that is not cleared, in the order of the board, after a given one. */
  scores(
    at: BoardPeriod,
    page: { readonly after?: Score; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly NamedScore[]>;

  /**
   * The scores of a period for whoever reads them all, in the order of the board: asked for page after page, each after
   * the last score of the one before. A page without `after` begins anew, with what stands then; the pages that follow
   * it may show what stood at that moment. They can be asked for until the transaction ends.
   */
  allScores(tx: Transaction, at: BoardPeriod): Promise<ScorePages>;
}
