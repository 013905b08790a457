import type { Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { Board } from '../leaderboards/board.ts';
import type { UserId } from './ids.ts';

/** Who stands in an archive in place of an erased player. */
export interface ErasedPlayer {
  /** A random id that nobody else has. */
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
   * events of the player whether delivered or not (except `PlayerErased`), and failed items. In the archive the player is replaced: ranks and
   * scores of all others stay as they were sealed. Returns whether there was anything.
   */
  erase(tx: Transaction, userId: UserId, replacement: ErasedPlayer): Promise<boolean>;
}
