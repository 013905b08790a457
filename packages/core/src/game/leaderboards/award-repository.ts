import type { AwardId, UserId } from '../players/ids.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { BoardPeriod } from './board-period.ts';
import type { Board } from './board.ts';
import type { NamedScore } from './standing.ts';

/** XP that a player earned. */
export interface XpAward {
  readonly awardId: AwardId;
  readonly userId: UserId;
  /** A whole number from 0 on. 0 puts the player on the boards and moves nobody. */
  readonly amount: number;
  readonly earnedAt: Instant;
}

/** What came of an award. */
export interface AwardOutcome {
  /** `false` when an award of this id was counted before; then nothing changed. */
  readonly counted: boolean;
  /** The player's scores after it, on every board that it counts for. */
  readonly scores: readonly (BoardPeriod & { readonly score: NamedScore })[];
  /** The boards whose period is sealed already, or was passed over: there it does not count. */
  readonly late: readonly BoardPeriod[];
}

/**
 * XP that players earn, counted once and on every board.
 *
 * It shares its store with the `PeriodRepository`, since an award opens the periods that it counts into, and with
 * `PeriodResets`, whose seals it must not pass. `awardRepositoryContract` in `@gamekeeper/testkit` is this contract as
 * test cases.
 */
export interface AwardRepository {
  /**
   * Counts an award once, whatever its id is sent again with: for the player's XP and on each board, into the period
   * that `earnedAt` belongs to, which is opened where it is not stored. An award racing with `seal` is counted before
   * it, or is late. It is also late for a period that ends before one that is sealed begins: the reset has passed that
   * over, and nothing would close it if it were opened now.
   *
   * An award of 0 earns nothing: it moves nobody, in ties either, and leaves the time of the last XP as it is. A player
   * whom it finds on no board appears there at 0 without a time, as one who is carried over does.
   */
  record(tx: Transaction, award: XpAward, boards: readonly Board[]): Promise<AwardOutcome>;

  /** A player's XP of all time; 0 for somebody who is not known. */
  xpOf(userId: UserId, tx?: Transaction): Promise<number>;
}
