import type { Instant } from '../../engine/time/instant.ts';
import type { Schedule } from '../../engine/time/schedule.ts';
import type { Board } from './board.ts';
import { boundedPeriodAt, type BoundedPeriod } from './period.ts';

/** So many that a year of months and a fortnight of days are among them. */
const PERIODS_LOOKED_AT = 15;

/** A period that no tick of a reset would close before the next one has ended too. */
export interface UnclosedPeriod {
  readonly period: BoundedPeriod;
  /** The end of the period after it. */
  readonly closedBy: Instant;
}

/**
 * Looks for a period of a board, among the next fifteen, that a reset on a schedule would not close in time: with no
 * tick from its end on that comes before the next one ends. `null` when there is none.
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
