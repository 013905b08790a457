import { GamekeeperError } from '../../engine/common/errors.ts';
import type { Board } from './board.ts';
import type { PeriodRepository } from './period-repository.ts';

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

/**
 * Checks boards against the stored ones: the kind of period may change, but not from or to `all`.
 *
 * @throws {BoardKindChangedError} for the first board that changed in this way
 */
export async function assertBoardKinds(
  boards: readonly Board[],
  periods: Pick<PeriodRepository, 'list'>,
): Promise<void> {
  for (const board of boards) {
    const [stored] = await periods.list(board, { limit: 1 });
    if (stored && (stored.endsAt === null) !== (board.period === 'all'))
      throw new BoardKindChangedError(board);
  }
}
