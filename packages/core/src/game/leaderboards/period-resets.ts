import type { Json } from '../../engine/common/json.ts';
import type { BatchProgress } from '../../engine/jobs/batch-progress.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { Board } from './board.ts';
import type { PeriodRecord } from './period-repository.ts';
import type { BoundedPeriod } from './period.ts';

/** A period that is over and whose reset is not finished: open, or sealed and left at some step. */
export type UnfinishedPeriod = BoundedPeriod & Pick<PeriodRecord, 'sealedAt' | 'players'>;

/** One batch of a step of a reset. */
export interface ResetBatch {
  readonly board: Board;
  readonly period: BoundedPeriod;
  /** What the batch before answered as `next`; `null` for the first. */
  readonly after: Json;
  readonly limit: number;
}

/**
 * The steps of a reset: a period that is over is sealed, archived, followed by the next one or cleared, and finished.
 *
 * Sealing is final. From the moment that `seal` commits, no award changes the period, so the batches of `archive` that
 * follow all see the same standings. `periodResetsContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface PeriodResets {
  /**
   * A board's periods that end by an instant and whose reset is not finished, oldest first. Periods without a row are
   * not known.
   */
  unfinished(board: Board, through: Instant, tx?: Transaction): Promise<readonly UnfinishedPeriod[]>;

  /**
   * Seals a stored period, after every award that is being counted for it. Returns `false`, and changes nothing, when
   * it is sealed already, and when it ends after the store's present.
   *
   * Where awards wait for a seal that waits itself, it waits but a moment.
   *
   * @param options.dryRun the transaction will be undone: seals also what ends after the store's present
   * @throws {RowLockedError} when an award under way does not end: seal again later
   */
  seal(
    tx: Transaction,
    at: { readonly board: Board; readonly period: BoundedPeriod },
    tick: Instant,
    options?: { readonly dryRun?: boolean },
  ): Promise<boolean>;

  /** Writes final standings of a sealed period to the archive, by rank: players with a score above zero. */
  archive(tx: Transaction, batch: ResetBatch): Promise<BatchProgress>;

  /**
   * Keeps every player of a sealed period on the board: at 0 in another stored one, unless they have a score there.
   * Nobody comes to a period that is sealed itself. Players whose score there is being written by somebody else come
   * last, so that nobody else waits for them.
   *
   * @throws {RowLockedError} when only such players are left: go on later
   */
  carryOver(tx: Transaction, batch: ResetBatch & { readonly to: BoundedPeriod }): Promise<BatchProgress>;

  /** Removes the scores of a sealed and archived period. */
  clear(tx: Transaction, batch: ResetBatch): Promise<BatchProgress>;

  /** Records that the reset of a sealed period is finished. */
  finish(
    tx: Transaction,
    at: { readonly board: Board; readonly period: BoundedPeriod },
    tick: Instant,
  ): Promise<void>;
}
