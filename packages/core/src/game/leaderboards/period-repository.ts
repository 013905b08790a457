import type { Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { Board } from './board.ts';
import type { Period } from './period.ts';
import type { ResolvedPeriod } from './resolve-period.ts';

/** A stored period of a board. */
export interface PeriodRecord {
  readonly key: string;
  readonly startsAt: Instant | null;
  readonly endsAt: Instant | null;
  /** The tick that sealed it; `null` while it is open. */
  readonly sealedAt: Instant | null;
  /** The number of archived players; `null` until all of them are archived. */
  readonly players: number | null;
  /** The tick whose run finished its reset; `null` until then. */
  readonly resetAt: Instant | null;
}

/**
 * The periods of boards.
 *
 * A period is stored when it is opened, with its key and range, and keeps both forever, whatever the board's
 * definition is later. `resolvePeriod` determines the period of an instant given the stored ones. The periods of a
 * board never overlap and never share a key, even if hosts with different definitions of the board run concurrently.
 * `periodRepositoryContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface PeriodRepository {
  /**
   * Returns the period of an instant, as `resolvePeriod` determines it: the stored one, or the one that `open` would
   * store now.
   */
  periodAt(board: Board, at: Instant, tx?: Transaction): Promise<ResolvedPeriod>;

  /** Stores the period of an instant, unless it is stored, and returns it. */
  open(tx: Transaction, board: Board, at: Instant): Promise<Period>;

  /** Returns one period of a board, or `null` if it was never opened. */
  find(board: Board, key: string): Promise<PeriodRecord | null>;

  /** Returns a board's periods, newest first, before the stored one with a given key. */
  list(
    board: Board,
    page: { readonly before?: string; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly PeriodRecord[]>;
}
