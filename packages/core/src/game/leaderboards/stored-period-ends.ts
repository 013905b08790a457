import { instant, type Instant } from '../../engine/time/instant.ts';
import type { ScheduleWithExtraTicks } from '../../engine/time/schedule-with-extra-ticks.ts';
import type { Board } from './board.ts';
import type { PeriodResets } from './period-resets.ts';

const FAR_AHEAD: Instant = instant('9999-12-31T00:00:00Z');

/**
 * Lets the reset of a board run where its stored periods end. By the board's own definition it does so anyway; a period
 * that was opened under an earlier one would have to wait for the next tick.
 */
export async function addStoredPeriodEnds(
  periodResets: Pick<PeriodResets, 'unfinished'>,
  board: Board,
  schedule: ScheduleWithExtraTicks,
): Promise<void> {
  const unfinished = await periodResets.unfinished(board, FAR_AHEAD);
  schedule.add(unfinished.map(({ endsAt }) => endsAt));
}
