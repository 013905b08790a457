import type { Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { Board } from './board.ts';
import type { Period } from './period.ts';
import type { ResolvedPeriod } from './resolve-period.ts';

/** A board's period as the store knows it. */
export interface PeriodRecord {
  readonly key: string;
  readonly startsAt: Instant | null;
  readonly endsAt: Instant | null;
  /** The tick that sealed it; `null` while it is open. */
  readonly sealedAt: Instant | null;
  /** How many players are in the archive; `null` until all of them are. */
  readonly players: number | null;
  /** The tick whose run finished its reset; `null` until then. */
  readonly resetAt: Instant | null;
}

/**
 * The periods of boards.
 *
 * Periods are data: a period is stored when it is opened, with its key and span, and keeps both for ever, whatever the
 * board's definition is by then. `resolvePeriod` says which period an instant belongs to beside those that are stored;
 * the periods of a board never overlap and never share a key, also when hosts with several definitions of it work side
 * by side. `periodRepositoryContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface PeriodRepository {
  /** The period that an instant belongs to, as `periodAmong` says: stored, or as `open` would store it now. */
  periodAt(board: Board, at: Instant, tx?: Transaction): Promise<ResolvedPeriod>;

  /** Stores the period that an instant belongs to, unless it is stored, and gives it. */
  open(tx: Transaction, board: Board, at: Instant): Promise<Period>;

  /** One period of a board, or `null` when it was never opened. */
  find(board: Board, key: string): Promise<PeriodRecord | null>;

  /** A board's periods in the order of time, newest first, before a stored one by its key. */
  list(
    board: Board,
    page: { readonly before?: string; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly PeriodRecord[]>;
}
