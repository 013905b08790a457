import { instant, type Instant } from '../../engine/time/instant.ts';
import type { ScheduleWithExtraTicks } from '../../engine/time/schedule-with-extra-ticks.ts';
import type { Board } from './board.ts';
import type { PeriodResets } from './period-resets.ts';

const FAR_AHEAD: Instant = instant('9999-12-31T00:00:00Z');

/**
 * Adds ticks to a board's reset at the ends of its stored periods. The board's own definition has ticks at its own
 * ends only; a period opened under an earlier definition would wait for the next of them.
 */
export async function addStoredPeriodEnds(
  periodResets: Pick<PeriodResets, 'unfinished'>,
  board: Board,
  schedule: ScheduleWithExtraTicks,
): Promise<void> {
  const unfinished = await periodResets.unfinished(board, FAR_AHEAD);
  schedule.add(unfinished.map(({ endsAt }) => endsAt));
}
