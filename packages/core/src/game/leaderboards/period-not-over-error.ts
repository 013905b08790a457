import { GamekeeperError } from '../../engine/common/errors.ts';
import { iso } from '../../engine/time/instant.ts';
import type { Board } from './board.ts';
import type { BoundedPeriod } from './period.ts';

/** By the store's clock a period has not ended, although the tick that closes it has come by this host's. */
export class PeriodNotOverError extends GamekeeperError<'PERIOD_NOT_OVER'> {
  constructor(board: Board, { key, endsAt }: BoundedPeriod) {
    super(
      'PERIOD_NOT_OVER',
      `Period ${key} of board ${board.key} ends at ${iso(endsAt)}, which has not come by the store's clock; set this machine's clock, which is ahead.`,
    );
  }
}
