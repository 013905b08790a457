import { hasCode } from '../errors.ts';
import type { Player } from '../gameplay/player-repository.ts';
import type { UserId } from '../ids.ts';
import { token, type Token } from '../wiring/token.ts';
import type { Drift, LeaderboardCache, LeaderboardReads, ScorePages } from './leaderboard-cache.ts';
import type { BoardPeriod } from './ranking-repository.ts';
import type { NamedScore, Score, Standing } from './standing.ts';

/** Boards as read from the tables that awards are written to: what stands in for a cache that cannot be read. */
export const leaderboardTruth: Token<LeaderboardReads> = token('LeaderboardTruth');

/**
 * A cache whose boards are read from the truth while the cache is away or does not hold them whole. Writes go to the
 * cache alone.
 *
 * @example
 * provide(tokens.leaderboardCache, [leaderboardTruth], (truth) => new FallbackLeaderboardCache(new MyCache(), truth));
 */
export class FallbackLeaderboardCache implements LeaderboardCache {
  readonly #cache: LeaderboardCache;
  readonly #truth: LeaderboardReads;

  constructor(cache: LeaderboardCache, truth: LeaderboardReads) {
    this.#cache = cache;
    this.#truth = truth;
  }

  top(
    at: BoardPeriod,
    page: { readonly after?: Score; readonly limit: number },
  ): Promise<readonly Standing[]> {
    return this.#read((from) => from.top(at, page));
  }

  standing(at: BoardPeriod, userId: UserId): Promise<Standing | null> {
    return this.#read((from) => from.standing(at, userId));
  }

  around(
    at: BoardPeriod,
    userId: UserId,
    neighbours: { readonly before: number; readonly after: number },
  ): Promise<readonly Standing[]> {
    return this.#read((from) => from.around(at, userId, neighbours));
  }

  size(at: BoardPeriod): Promise<number> {
    return this.#read((from) => from.size(at));
  }

  record(at: BoardPeriod, score: NamedScore): Promise<void> {
    return this.#cache.record(at, score);
  }

  rename(at: BoardPeriod, player: Player): Promise<void> {
    return this.#cache.rename(at, player);
  }

  reconcile(at: BoardPeriod, truth: ScorePages, options?: { readonly full?: boolean }): Promise<Drift> {
    return this.#cache.reconcile(at, truth, options);
  }

  drop(at: BoardPeriod): Promise<void> {
    return this.#cache.drop(at);
  }

  async #read<Result>(from: (reads: LeaderboardReads) => Promise<Result>): Promise<Result> {
    try {
      return await from(this.#cache);
    } catch (error) {
      if (!hasCode(error, 'BOARD_NOT_CACHED') && !hasCode(error, 'STORE_UNAVAILABLE')) throw error;
      return from(this.#truth);
    }
  }
}
