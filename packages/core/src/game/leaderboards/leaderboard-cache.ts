import { GamekeeperError } from '../../engine/common/errors.ts';
import type { Player } from '../players/player-repository.ts';
import type { UserId } from '../players/ids.ts';
import type { BoardPeriod } from './board-period.ts';
import type { NamedScore, Score, ScorePages, Standing } from './standing.ts';

/** A cache does not hold a board completely: it was flushed, or not filled yet. Read the store instead. */
export class BoardNotCachedError extends GamekeeperError<'BOARD_NOT_CACHED'> {
  constructor({ board, period }: BoardPeriod) {
    super(
      'BOARD_NOT_CACHED',
      `Board ${board.key} of ${period.key} is not cached; read the store until the next recalculation fills the cache.`,
    );
  }
}

/** The members of a cached board that differed from the store and were repaired. */
export interface Drift {
  readonly missing: number;
  readonly extra: number;
  readonly wrongScore: number;
  /** Score right, time of the last XP wrong: the player had the wrong rank. */
  readonly misplaced: number;
  /** Score and rank right, name outdated. */
  readonly renamed: number;
}

/** How boards are read while their period is open. */
export interface LeaderboardReader {
  /** Returns ranks in the order of the board, after a given one. */
  top(
    at: BoardPeriod,
    page: { readonly after?: Score; readonly limit: number },
  ): Promise<readonly Standing[]>;

  /** Returns a player's rank, or `null` if the player is not on the board. */
  standing(at: BoardPeriod, userId: UserId): Promise<Standing | null>;

  /** Returns a player's rank with up to `before` and `after` neighbours; empty if the player is not on the board. */
  around(
    at: BoardPeriod,
    userId: UserId,
    neighbours: { readonly before: number; readonly after: number },
  ): Promise<readonly Standing[]>;

  /** Returns how many players are on the board. */
  size(at: BoardPeriod): Promise<number>;
}

/**
 * Serves leaderboards while their period is open. A cache may lose all data at any time: `reconcile` restores it from
 * the store.
 *
 * Readers never see an empty, partial or mixed board: a rebuild happens separately and replaces the old version at
 * once. A cache that is a copy of the store may refuse to read a board that it does not hold completely, with {@link
 * BoardNotCachedError}, until the board is reconciled; scores recorded before that may be ignored.
 * `FallbackLeaderboardCache` then reads the store. `leaderboardCacheContract` in `@gamekeeper/testkit` is this
 * contract as test cases.
 */
export interface LeaderboardCache extends LeaderboardReader {
  /**
   * Whether it reads the tables of the store themselves, so that what a transaction commits is visible without `record`
   * and `rename`. Default: no, it is a copy.
   */
  readonly readsStore?: boolean;

  /** Records a player's new score. Ignores a score that is older than the cached one: scores only grow. */
  record(at: BoardPeriod, score: NamedScore): Promise<void>;

  /**
   * Records a player's new name, if the player is on the board; the rank stays. A reconciliation in progress keeps it,
   * even if it has already read the old name.
   */
  rename(at: BoardPeriod, player: Player): Promise<void>;

  /**
   * Makes the board equal to the store and returns the differences. Scores recorded meanwhile stay. `full` rebuilds
   * the board even if no difference is found.
   */
  reconcile(at: BoardPeriod, truth: ScorePages, options?: { readonly full?: boolean }): Promise<Drift>;

  /** Removes an ended period. Later reads return nothing, or throw {@link BoardNotCachedError}. */
  drop(at: BoardPeriod): Promise<void>;
}
