import { AdaptiveThrottle, combineThrottles } from '@gamekeeper/core';
import {
  optionalTokens,
  provide,
  provideFallback,
  token,
  engineTokens,
  gameTokens,
  optionalGameTokens,
  type HostModule,
  type Token,
} from '@gamekeeper/core/ports';
import { leaderboardTruth } from '@gamekeeper/core/game';
import { poolMetrics } from './database/pool-metrics.ts';
import { PostgresDatabase } from './database/postgres-database.ts';
import type { PostgresOptions } from './database/postgres-options.ts';
import { PostgresOutboxPartitions } from './events/postgres-outbox-partitions.ts';
import { PostgresOutbox } from './events/postgres-outbox.ts';
import { PostgresQuizStore } from './gameplay/postgres-quiz-store.ts';
import { pinnedClockCheck } from './health/pinned-clock-check.ts';
import { PostgresAlertLog } from './health/postgres-alert-log.ts';
import { PostgresSkewedInstances } from './health/postgres-skewed-instances.ts';
import { PostgresVerdictLog } from './health/postgres-verdict-log.ts';
import { PostgresFailedItems } from './jobs/postgres-failed-items.ts';
import { PostgresJobRegistry } from './jobs/postgres-job-registry.ts';
import { PostgresRunLedger } from './jobs/postgres-run-ledger.ts';
import { PostgresRunOverview } from './jobs/postgres-run-overview.ts';
import { PostgresShardLedger } from './jobs/postgres-shard-ledger.ts';
import { PostgresThrottle } from './jobs/postgres-throttle.ts';
import { PostgresAwardRepository } from './leaderboards/postgres-award-repository.ts';
import { PostgresLeaderboardCache } from './leaderboards/postgres-leaderboard-cache.ts';
import { PostgresPendingCacheUpdates } from './leaderboards/postgres-pending-cache-updates.ts';
import { PostgresPeriodRepository } from './leaderboards/postgres-period-repository.ts';
import { PostgresPeriodResets } from './leaderboards/postgres-period-resets.ts';
import { PostgresRankingRepository } from './leaderboards/postgres-ranking-repository.ts';
import { PostgresStandingsArchive } from './leaderboards/postgres-standings-archive.ts';
import { PostgresLivesRepository } from './lives/postgres-lives-repository.ts';
import { PostgresActionLog } from './operators/postgres-action-log.ts';
import { PostgresPlayerImport } from './players/postgres-player-import.ts';
import { PostgresPlayerLog } from './players/postgres-player-log.ts';
import { PostgresPlayerRecords } from './players/postgres-player-records.ts';
import { PostgresPlayerRepository } from './players/postgres-player-repository.ts';
import { PostgresRuleHistory } from './rules/postgres-rule-history.ts';
import { PostgresSessionRepository } from './sessions/postgres-session-repository.ts';
import { PostgresStreakRepository } from './streaks/postgres-streak-repository.ts';
import { PostgresPinnableTime } from './time/postgres-pinnable-time.ts';
import { PostgresStoreTime } from './time/postgres-store-time.ts';

/** The database of the adapters, for hosts that query their game's tables. */
export const postgresDatabase: Token<PostgresDatabase> = token('PostgresDatabase');

/**
 * Returns a module with every repository on PostgreSQL: a server, the embedded database, or the host's own MikroORM.
 *
 * The schema is migrated when the host starts; tables outside it are never changed.
 *
 * @throws {InvalidOptionError} for invalid options
 * @example
 * createJobHost({ modules: [postgresAdapters({ url: process.env.DATABASE_URL }), cronerScheduler()] });
 */
export function postgresAdapters(options: PostgresOptions): HostModule {
  const database = new PostgresDatabase(options);
  return {
    name: 'postgresAdapters',
    checkSetup: () => database.checkSetup(),
    open: (context) => database.open(context),
    close: () => database.close(),
    healthChecks: (resolve) =>
      database.isClockPinnable ? [] : [pinnedClockCheck(database, resolve(engineTokens.logger))],
    metrics: () => poolMetrics(() => database.pool),
    bindings: [
      provide(postgresDatabase, [], () => database),
      provide(engineTokens.transactions, [postgresDatabase], (transactions) => transactions),
      provide(engineTokens.dryRuns, [postgresDatabase], (dryRuns) => dryRuns),
      provide(engineTokens.ledger, [postgresDatabase], (shared) => new PostgresRunLedger(shared)),
      provide(engineTokens.runOverview, [postgresDatabase], (shared) => new PostgresRunOverview(shared)),
      provide(optionalTokens.shardLedger, [postgresDatabase], (shared) => new PostgresShardLedger(shared)),
      provideFallback(optionalTokens.throttle, [postgresDatabase], (shared) =>
        combineThrottles(new AdaptiveThrottle(), new PostgresThrottle(shared)),
      ),
      provide(engineTokens.jobRegistry, [postgresDatabase], (shared) => new PostgresJobRegistry(shared)),
      provide(engineTokens.verdictLog, [postgresDatabase], (shared) => new PostgresVerdictLog(shared)),
      provide(engineTokens.storeTime, [postgresDatabase], (shared) => new PostgresStoreTime(shared)),
      ...(database.isClockPinnable
        ? [
            provide(
              optionalTokens.pinnableTime,
              [postgresDatabase],
              (shared) => new PostgresPinnableTime(shared),
            ),
          ]
        : []),
      provide(engineTokens.ruleHistory, [postgresDatabase], (shared) => new PostgresRuleHistory(shared)),
      provide(engineTokens.alertLog, [postgresDatabase], (shared) => new PostgresAlertLog(shared)),
      provide(
        engineTokens.skewedInstances,
        [postgresDatabase],
        (shared) => new PostgresSkewedInstances(shared),
      ),
      provide(engineTokens.failedItems, [postgresDatabase], (shared) => new PostgresFailedItems(shared)),
      provide(engineTokens.actionLog, [postgresDatabase], (shared) => new PostgresActionLog(shared)),
      provide(engineTokens.outbox, [postgresDatabase], (shared) => new PostgresOutbox(shared)),
      provide(
        engineTokens.outboxPartitions,
        [postgresDatabase],
        (shared) => new PostgresOutboxPartitions(shared),
      ),
      provide(gameTokens.players, [postgresDatabase], (shared) => new PostgresPlayerRepository(shared)),
      provide(
        gameTokens.quizzes,
        [
          postgresDatabase,
          gameTokens.players,
          gameTokens.lives,
          gameTokens.streaks,
          gameTokens.sessions,
          gameTokens.awards,
        ],
        (shared, players, lives, streaks, sessions, awards) =>
          new PostgresQuizStore(shared, { players, lives, streaks, sessions, awards }),
      ),
      provide(gameTokens.awards, [postgresDatabase], (shared) => new PostgresAwardRepository(shared)),
      provide(gameTokens.periods, [postgresDatabase], (shared) => new PostgresPeriodRepository(shared)),
      provide(gameTokens.rankings, [postgresDatabase], (shared) => new PostgresRankingRepository(shared)),
      provide(gameTokens.periodResets, [postgresDatabase], (shared) => new PostgresPeriodResets(shared)),
      provide(gameTokens.archive, [postgresDatabase], (shared) => new PostgresStandingsArchive(shared)),
      provide(gameTokens.playerImport, [postgresDatabase], (shared) => new PostgresPlayerImport(shared)),
      provide(gameTokens.playerRecords, [postgresDatabase], (shared) => new PostgresPlayerRecords(shared)),
      provide(
        optionalGameTokens.pendingCacheUpdates,
        [postgresDatabase],
        (shared) => new PostgresPendingCacheUpdates(shared),
      ),
      provide(gameTokens.playerLog, [postgresDatabase], (shared) => new PostgresPlayerLog(shared)),
      provide(leaderboardTruth, [postgresDatabase], (shared) => new PostgresLeaderboardCache(shared)),
      provideFallback(
        gameTokens.leaderboardCache,
        [postgresDatabase],
        (shared) => new PostgresLeaderboardCache(shared),
      ),
      provide(
        gameTokens.streaks,
        [postgresDatabase, engineTokens.outbox],
        (shared, outbox) => new PostgresStreakRepository(shared, outbox),
      ),
      provide(
        gameTokens.sessions,
        [postgresDatabase, engineTokens.outbox],
        (shared, outbox) => new PostgresSessionRepository(shared, outbox),
      ),
      provide(
        gameTokens.lives,
        [postgresDatabase, engineTokens.outbox],
        (shared, outbox) => new PostgresLivesRepository(shared, outbox),
      ),
    ],
  };
}
