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
  /** A whole number, at least 0. 0 adds the player to the boards and changes no score. */
  readonly amount: number;
  readonly earnedAt: Instant;
}

/** The outcome of an award. */
export interface AwardOutcome {
  /** `false` if an award with this id was counted before; nothing was changed then. */
  readonly counted: boolean;
  /** The player's scores after the award, on every board that it counts for. */
  readonly scores: readonly (BoardPeriod & { readonly score: NamedScore })[];
  /** The boards on which it does not count, because the period is already sealed or was skipped. */
  readonly late: readonly BoardPeriod[];
}

/** Which of a player's awards to list. */
export interface PlayerAwardsPage {
  /** The last award of the previous page. */
  readonly before?: Pick<XpAward, 'awardId' | 'earnedAt'>;
  readonly limit: number;
}

/** A player who may be created by an award. */
export interface NewPlayer {
  /** The streak protections of the new player. */
  readonly protections: number;
}

/**
 * Records XP, counted once and on every board.
 *
 * It shares its store with the `PeriodRepository`, since an award opens the periods that it counts for, and with
 * `PeriodResets`, whose seals it must respect. `awardRepositoryContract` in `@gamekeeper/testkit` is this contract as
 * test cases.
 */
export interface AwardRepository {
  /**
   * Counts an award once per award id, whatever else differs in a repeated call: for the player's XP and, on each
   * board, in the period of `earnedAt`, which is opened if it is not stored. An award concurrent with `seal` is either
   * counted before it or late. An award is also late for a period that ends before a sealed one begins: the reset has
   * skipped that period and would never close it if it were opened now.
   *
   * An award of 0 adds no XP: no ranks change, not even in ties, and the time of the last XP stays. A player who is
   * not on a board appears on it at 0 without a time, like a carried-over player.
   *
   * @param newPlayer creates an unknown player, as `PlayerRepository.upsert`, if the award is counted
   */
  record(
    tx: Transaction,
    award: XpAward,
    boards: readonly Board[],
    newPlayer?: NewPlayer,
  ): Promise<AwardOutcome>;

  /**
   * Does the same as {@link record} in a transaction of its own, in fewer round trips than that takes. Returns `null`
   * if it has changed nothing because it cannot, such as for a period that is not stored yet; the caller then calls
   * `record`. The award is late on no board. A store without this method needs none.
   */
  recordAtOnce?(
    award: XpAward,
    boards: readonly Board[],
    newPlayer?: NewPlayer,
  ): Promise<AwardOutcome | null>;

  /** Returns a player's XP of all time; 0 if the player is unknown. */
  xpOf(userId: UserId, tx?: Transaction): Promise<number>;

  /**
   * Returns up to `limit` awards of a player, the last earned first, those of one instant in bytewise order of their ids
   * (no locks).
   */
  listOf(userId: UserId, page: PlayerAwardsPage): Promise<readonly XpAward[]>;
}
