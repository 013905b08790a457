import type { UserId } from './ids.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';

/** A player as shown to others. */
export interface Player {
  readonly userId: UserId;
  /** The name on leaderboards; the id until the host sets a name. */
  readonly username: string;
}

/** The players known to the game. */
export interface PlayerRepository {
  /**
   * Creates a player with a new streak and the given number of protections, or updates the name of a known player.
   * Without a name, a known player's name stays. Returns whether a known player's name changed.
   */
  upsert(
    tx: Transaction,
    player: { readonly userId: UserId; readonly username?: string; readonly protections: number },
  ): Promise<boolean>;

  find(userId: UserId, tx?: Transaction): Promise<Player | null>;
}
