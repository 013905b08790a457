import type { Board } from './board.ts';
import type { Period } from './period.ts';

/** A period of a board. */
export interface BoardPeriod {
  readonly board: Board;
  readonly period: Period;
}
