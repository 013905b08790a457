import type { Json } from '../../engine/common/json.ts';
import type { BatchProgress } from '../../engine/jobs/batch-progress.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { Board } from './board.ts';
import type { PeriodRecord } from './period-repository.ts';
import type { BoundedPeriod } from './period.ts';

/** An ended period whose reset is not finished: open, or sealed and stopped at some step. */
export type UnfinishedPeriod = BoundedPeriod & Pick<PeriodRecord, 'sealedAt' | 'players'>;

/** One batch of a step of a reset. */
export interface ResetBatch {
  readonly board: Board;
  readonly period: BoundedPeriod;
  /** The `next` that the previous batch returned; `null` for the first batch. */
  readonly after: Json;
  readonly limit: number;
}

/**
 * The steps of a reset: an ended period is sealed, archived, its players are carried over or its scores cleared, and
 * it is finished.
 *
 * Sealing is final. Once `seal` has committed, no award changes the period, so all later batches of `archive` see the
 * same standings. `periodResetsContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface PeriodResets {
  /**
   * Returns a board's periods that end by an instant and whose reset is not finished, oldest first. Periods that were
   * never stored are not included.
   */
  unfinished(board: Board, through: Instant, tx?: Transaction): Promise<readonly UnfinishedPeriod[]>;

  /**
   * Seals a stored period, after waiting for every award that is being counted for it. Returns `false` and changes
   * nothing if it is already sealed, or ends in the future by the store's clock.
   *
   * Waits only briefly for the lock, because awards queue behind it.
   *
   * @param options.dryRun whether the transaction will be rolled back: if so, also seals a period that ends in the
   *   future
   * @throws {RowLockedError} if an award in progress does not end: seal again later
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
   * Keeps every player of a sealed period on the board: at 0 in another stored period, unless they have a score there.
   * Nothing is carried over to a sealed period. Players whose score there is locked by another transaction come last,
   * so that others do not wait for them.
   *
   * @throws {RowLockedError} if only such players are left: continue later
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
