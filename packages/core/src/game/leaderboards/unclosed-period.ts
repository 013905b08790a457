import type { Instant } from '../../engine/time/instant.ts';
import type { Schedule } from '../../engine/time/schedule.ts';
import type { Board } from './board.ts';
import { boundedPeriodAt, type BoundedPeriod } from './period.ts';

/** How many periods to check: enough to include a year of months and two weeks of days. */
const PERIODS_LOOKED_AT = 15;

/** A period that no tick of a reset closes before the next period has ended too. */
export interface UnclosedPeriod {
  readonly period: BoundedPeriod;
  /** The end of the period after it. */
  readonly closedBy: Instant;
}

/**
 * Returns the first of a board's next fifteen periods that a reset on a schedule would not close in time: the schedule
 * has no tick between its end and the end of the next period. `null` if there is none.
 */
export function unclosedPeriod(board: Board, schedule: Schedule, from: Instant): UnclosedPeriod | null {
  let period = boundedPeriodAt(board, from);
  for (let looked = 0; period && looked < PERIODS_LOOKED_AT; looked += 1) {
    const next: BoundedPeriod | null = boundedPeriodAt(board, period.endsAt);
    if (!next) return null;
    const tick = schedule.previous(next.endsAt);
    if (tick === null || tick < period.endsAt) return { period, closedBy: next.endsAt };
    period = next;
  }
  return null;
}
