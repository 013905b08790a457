import { provide, hostTokens, engineTokens, gameTokens, type HostModule } from '@gamekeeper/core/ports';
import { FallbackLeaderboardCache, leaderboardTruth, metricCatalogue } from '@gamekeeper/core/game';
import { redisConnectionToken } from '../redis-module.ts';
import { leaderboardOptions, type RedisLeaderboardOptions } from './leaderboard-options.ts';
import { RedisLeaderboardCache } from './redis-leaderboard-cache.ts';

/**
 * Returns a module that reads leaderboards from Redis, over the connection of `redisConnection`, and from the database
 * while Redis is unavailable or a board in Redis is incomplete.
 *
 * @throws {InvalidOptionError} for invalid options
 * @example
 * createJobHost({
 *   modules: [postgresAdapters({ url }), redisConnection({ url: redisUrl }), redisLeaderboards(), cronerScheduler()],
 * });
 */
export function redisLeaderboards(options: RedisLeaderboardOptions = {}): HostModule {
  const checked = leaderboardOptions(options);
  return {
    name: 'redisLeaderboards',
    bindings: [
      provide(
        gameTokens.leaderboardCache,
        [redisConnectionToken, leaderboardTruth, engineTokens.clock, hostTokens.outages],
        (connection, truth, clock, outages) =>
          new FallbackLeaderboardCache(new RedisLeaderboardCache(connection, clock, checked), truth, outages),
      ),
    ],
    metrics: (resolve) => {
      const cache = resolve(gameTokens.leaderboardCache);
      if (!(cache instanceof FallbackLeaderboardCache)) return [];
      return [{ metric: metricCatalogue.cacheMisses, read: () => [{ value: cache.misses }] }];
    },
  };
}
