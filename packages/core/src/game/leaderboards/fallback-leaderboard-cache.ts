import { hasCode } from '../../engine/common/errors.ts';
import type { Player } from '../players/player-repository.ts';
import type { Outage } from '../../engine/health/outage.ts';
import type { Outages } from '../../engine/health/outages.ts';
import type { UserId } from '../players/ids.ts';
import { token, type Token } from '../../engine/wiring/token.ts';
import { cacheOutage } from './cache-outage.ts';
import type { Drift, LeaderboardCache, LeaderboardReader } from './leaderboard-cache.ts';
import type { ScorePages, NamedScore, Score, Standing } from './standing.ts';
import type { BoardPeriod } from './board-period.ts';

/** Boards as read from the tables of the store, in place of an unavailable cache. */
export const leaderboardTruth: Token<LeaderboardReader> = token('LeaderboardTruth');

/**
 * A cache whose boards are read from the store while the cache is unavailable or does not hold them completely. Writes
 * go to the cache only.
 *
 * @example
 * provide(
 *   gameTokens.leaderboardCache,
 *   [leaderboardTruth, hostTokens.outages],
 *   (truth, outages) => new FallbackLeaderboardCache(new MyCache(), truth, outages),
 * );
 */
export class FallbackLeaderboardCache implements LeaderboardCache {
  readonly #cache: LeaderboardCache;
  readonly #truth: LeaderboardReader;
  readonly #outage: Outage | null;
  #misses = 0;

  /** @param outages where failing reads are reported; if omitted, nowhere */
  constructor(cache: LeaderboardCache, truth: LeaderboardReader, outages?: Outages) {
    this.#cache = cache;
    this.#truth = truth;
    this.#outage = outages ? cacheOutage(outages) : null;
  }

  /** How many reads the store served because the cache did not hold the board completely. */
  get misses(): number {
    return this.#misses;
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

  async #read<Result>(from: (reads: LeaderboardReader) => Promise<Result>): Promise<Result> {
    try {
      const result = await from(this.#cache);
      this.#outage?.succeeded('read');
      return result;
    } catch (error) {
      if (hasCode(error, 'BOARD_NOT_CACHED')) {
        this.#misses += 1;
        this.#outage?.succeeded('read');
      } else if (hasCode(error, 'STORE_UNAVAILABLE')) this.#outage?.failed('read', error);
      else throw error;
      return from(this.#truth);
    }
  }
}
