import { GamekeeperError } from '../../engine/common/errors.ts';
import type { Board } from './board.ts';
import type { PeriodRepository } from './period-repository.ts';
import type { RankingRepository } from './ranking-repository.ts';

/** A board changed from all-time to periods, or back, under the same key. */
export class BoardKindChangedError extends GamekeeperError<'BOARD_KIND_CHANGED'> {
  readonly board: string;

  constructor({ key, period }: Board) {
    const [was, is] =
      period === 'all' ? ['has periods that end', '"all"'] : ['counts for all time', JSON.stringify(period)];
    super(
      'BOARD_KIND_CHANGED',
      `Board ${key} ${was} in this store, and is now defined with period ${is}; give the new board a key of its own.`,
    );
    this.board = key;
  }
}

/** The order of equal scores of a board changed under the same key. */
export class BoardTieBreakChangedError extends GamekeeperError<'BOARD_TIE_BREAK_CHANGED'> {
  readonly board: string;

  constructor({ key, tieBreak }: Board) {
    super(
      'BOARD_TIE_BREAK_CHANGED',
      `Board ${key} has scores in this store in another order of ties than ${JSON.stringify(tieBreak)}; give the new board a key of its own.`,
    );
    this.board = key;
  }
}

/**
 * Checks boards against the stored ones: the kind of period may change, but not from or to `all`, and the order of ties
 * may not while there are scores.
 *
 * @throws {BoardKindChangedError} {@link BoardTieBreakChangedError} for the first board that changed in this way
 */
export async function assertSameBoards(
  boards: readonly Board[],
  {
    periods,
    rankings,
  }: {
    readonly periods: Pick<PeriodRepository, 'list'>;
    readonly rankings: Pick<RankingRepository, 'tieBreakOf'>;
  },
): Promise<void> {
  for (const board of boards) {
    const [stored] = await periods.list(board, { limit: 1 });
    if (stored && (stored.endsAt === null) !== (board.period === 'all'))
      throw new BoardKindChangedError(board);
    const tieBreak = await rankings.tieBreakOf(board);
    if (tieBreak !== null && tieBreak !== board.tieBreak) throw new BoardTieBreakChangedError(board);
  }
}
