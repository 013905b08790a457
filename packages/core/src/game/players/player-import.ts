import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { Board } from '../leaderboards/board.ts';
import type { BoundedPeriod } from '../leaderboards/period.ts';
import type { Score } from '../leaderboards/standing.ts';
import type { UserId } from './ids.ts';
import type { ImportTerms } from './import-terms.ts';
import type { PlayerHistory } from './player-history.ts';

/** A page of the players that a `select` returns. */
export interface SelectedPage {
  /** The id after which the page begins, bytewise; `null` for the first page. */
  readonly after: string | null;
  readonly limit: number;
  /** Converts and checks a row that the store does not accept itself. */
  readonly check: (columns: Readonly<Record<string, unknown>>) => PlayerHistory;
}

/** The outcome of a page. */
export interface ImportedPage {
  /** How many rows the page had. */
  readonly read: number;
  readonly imported: readonly UserId[];
  /** The id after which the next page begins; `null` after the last one. */
  readonly next: string | null;
}

/** The final standings of a period that ended in another system. */
export interface PeriodHistory {
  readonly board: Board;
  readonly period: BoundedPeriod;
  /** The scores above zero with names, in the order of the board. */
  readonly standings: readonly (Score & { readonly username: string })[];
}

/**
 * Writes players who come with a history from another system.
 *
 * The state of a player is that of `importedStreak`, `importedLives` and `importedScore`. Nothing else is written: no
 * event, no award, no past period. It shares its store with all repositories of the game. `playerImportContract` in
 * `@gamekeeper/testkit` is this contract as test cases.
 */
export interface PlayerImport {
  /**
   * Writes the players whom the store does not know, and leaves known ones unchanged: repeating a batch changes
   * nothing. Of several with one id the first counts. Opens the current periods of the boards if they are not stored;
   * a concurrent `seal` waits, as for an award. Returns the ids of those who were written.
   */
  importPlayers(
    tx: Transaction,
    players: readonly PlayerHistory[],
    terms: ImportTerms,
  ): Promise<readonly UserId[]>;

  /**
   * Writes a page of the rows of a SQL `select`, like `importPlayers`, inside the database. Its columns are the fields
   * of `PlayerHistoryInput` in snake case, and `xp_` with the key of a board. If omitted, the store has no SQL.
   *
   * @throws {InvalidOptionError} if the statement is not a select, or has no column `user_id` or an unknown one
   */
  importSelected?(
    tx: Transaction,
    select: string,
    page: SelectedPage,
    terms: ImportTerms,
  ): Promise<ImportedPage>;

  /**
   * Stores a period that has ended as sealed, with its archive and a finished reset. Returns `false` and changes nothing
   * if the period is stored already.
   *
   * @throws {InvalidOptionError} if it overlaps a stored period, or has not ended by the store's clock
   */
  importPeriod(tx: Transaction, history: PeriodHistory): Promise<boolean>;
}
