import type { UserId } from '../players/ids.ts';
import type { Board } from './board.ts';
import type { Standing } from './standing.ts';

/**
 * The final standings of periods, as `PeriodResets` archived them: they never change. `standingsArchiveContract` in
 * `@gamekeeper/testkit` is this contract as test cases.
 */
export interface StandingsArchive {
  /** Returns final standings of an archived period, by rank, after a given rank. */
  list(
    at: { readonly board: Board; readonly period: string },
    page: { readonly afterRank?: number; readonly limit: number },
  ): Promise<readonly Standing[]>;

  /** Returns a player's final standing in an archived period, or `null`. */
  find(at: { readonly board: Board; readonly period: string }, userId: UserId): Promise<Standing | null>;
}
