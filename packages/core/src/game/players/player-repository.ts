import type { UserId } from './ids.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';

/** A player as others see them. */
export interface Player {
  readonly userId: UserId;
  /** The name on leaderboards; the id until the host gives one. */
  readonly username: string;
}

/** Who is known to the game. */
export interface PlayerRepository {
  /**
   * Makes a player known, with a fresh streak and so many protections, or takes over a new name for one who is. A call
   * without a name leaves the one that stands. Returns whether a player who was known has another name now.
   */
  upsert(
    tx: Transaction,
    player: { readonly userId: UserId; readonly username?: string; readonly protections: number },
  ): Promise<boolean>;

  find(userId: UserId, tx?: Transaction): Promise<Player | null>;
}
