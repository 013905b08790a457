import { GamekeeperError } from '../../engine/common/errors.ts';
import { iso } from '../../engine/time/instant.ts';
import type { Board } from './board.ts';
import type { BoundedPeriod } from './period.ts';

/** By the store's clock a period has not ended, although the tick that closes it is due by this host's clock. */
export class PeriodNotOverError extends GamekeeperError<'PERIOD_NOT_OVER'> {
  constructor(board: Board, { key, endsAt }: BoundedPeriod) {
    super(
      'PERIOD_NOT_OVER',
      `Period ${key} of board ${board.key} ends at ${iso(endsAt)}, which is in the future by the store's clock; correct this machine's clock, which is ahead.`,
    );
  }
}
