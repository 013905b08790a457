import { GamekeeperError } from '../../engine/common/errors.ts';
import type { Player } from '../players/player-repository.ts';
import type { UserId } from '../players/ids.ts';
import type { BoardPeriod } from './board-period.ts';
import type { NamedScore, Score, ScorePages, Standing } from './standing.ts';

/** A cache does not hold a board whole: it was flushed, or was not filled yet. The truth is to be read instead. */
export class BoardNotCachedError extends GamekeeperError<'BOARD_NOT_CACHED'> {
  constructor({ board, period }: BoardPeriod) {
    super(
      'BOARD_NOT_CACHED',
      `Board ${board.key} of ${period.key} is not cached; read the truth until the next recalculation fills the cache.`,
    );
  }
}

/** The members of a cached board that did not agree with the truth, and were made to. */
export interface Drift {
  readonly missing: number;
  readonly extra: number;
  readonly wrongScore: number;
  /** Right score, wrong time of the last XP: the player stood in the wrong place. */
  readonly misplaced: number;
  /** Right score and place, under a name that the player had before. */
  readonly renamed: number;
}

/** What can be read of a board whose period is open. */
export interface LeaderboardReader {
  /** Places in the order of the board, after a given one. */
  top(
    at: BoardPeriod,
    page: { readonly after?: Score; readonly limit: number },
  ): Promise<readonly Standing[]>;

  /** A player's place, or `null` for one who is not on the board. */
  standing(at: BoardPeriod, userId: UserId): Promise<Standing | null>;

  /** A player's place with up to so many before and after it; empty for one who is not on the board. */
  around(
    at: BoardPeriod,
    userId: UserId,
    neighbours: { readonly before: number; readonly after: number },
  ): Promise<readonly Standing[]>;

  /** How many players are on the board. */
  size(at: BoardPeriod): Promise<number>;
}

/**
 * Where leaderboards are read from while their period is open. A cache may lose everything at any time: `reconcile`
 * restores it from the truth.
 *
 * Readers never see an empty, partial or mixed board: a rebuild happens aside and replaces the old version at once. Of
 * a board that it does not hold whole, a cache beside the truth may refuse to be read, with {@link BoardNotCachedError},
 * until it is reconciled; what is recorded of it before may be ignored. `FallbackLeaderboardCache` then reads the
 * truth.
 * `leaderboardCacheContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface LeaderboardCache extends LeaderboardReader {
  /** Takes over a player's new score. Ignores one that is older than what it has: scores only grow. */
  record(at: BoardPeriod, score: NamedScore): Promise<void>;

  /**
   * Shows a player's new name, if they are on the board; their place stays. A reconciliation that is under way keeps it,
   * also where it has read the name before.
   */
  rename(at: BoardPeriod, player: Player): Promise<void>;

  /**
   * Makes the board equal to the truth and says what was not. What is recorded meanwhile stays. `full` rebuilds it even
   * where nothing seems amiss.
   */
  reconcile(at: BoardPeriod, truth: ScorePages, options?: { readonly full?: boolean }): Promise<Drift>;

  /** Forgets a period that is over. What is read of it afterwards is nothing, or refused as not cached. */
  drop(at: BoardPeriod): Promise<void>;
}
