import type { Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { Board } from '../leaderboards/board.ts';
import type { UserId } from './ids.ts';

/** What the id of an {@link ErasedPlayer} begins with. */
export const ERASED_PREFIX = 'erased:';

/** Who stands among sealed scores in place of an erased player. */
export interface ErasedPlayer {
  /** A random id that nobody else has; it begins with {@link ERASED_PREFIX}. */
  readonly userId: UserId;
  readonly username: string;
}

/**
 * Corrections of all that the store has about one player.
 *
 * It shares its store with all repositories of the game. `playerRecordsContract` in `@gamekeeper/testkit` is this
 * contract as test cases.
 */
export interface PlayerRecords {
  /**
   * Keeps a player from being erased until the transaction ends, and waits for an erasure that has begun. Returns whether
   * the player is known.
   */
  hold(tx: Transaction, userId: UserId): Promise<boolean>;

  /**
   * Takes XP from a player: of all time, and on each board in its current period; none falls below 0. The time of the
   * last XP stays, and nothing that is sealed changes. A concurrent `seal` waits, as for an award.
   */
  deductXp(
    tx: Transaction,
    deduction: { readonly userId: UserId; readonly amount: number; readonly at: Instant },
    boards: readonly Board[],
  ): Promise<void>;

  /**
   * Removes everything that the store has under a player's id: lives and spends, progress, sessions, awards, scores,
   * events of the player whether delivered or not (except `PlayerErased`), and failed items. In the archive, and in
   * periods that are sealed and not archived yet, the player is replaced: ranks and scores of all others stay as they
   * were sealed. The replacement is not carried over to later periods. Returns whether there was anything.
   */
  erase(tx: Transaction, userId: UserId, replacement: ErasedPlayer): Promise<boolean>;
}
