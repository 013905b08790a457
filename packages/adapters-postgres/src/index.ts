export { isTransactionConflict } from './database/conflicts.ts';
export { FolderInUseError } from './database/folder-lock.ts';
export { MigrationTimeoutError } from './database/migrate.ts';
export { MissingDriverError } from './database/missing-driver-error.ts';
export type { WatchablePool } from './database/pg-pool.ts';
export { ClockNotPinnableError, pinDatabaseClock } from './database/pinned-clock.ts';
export { watchPool } from './database/pool-watch.ts';
export { DatabaseMissingError, GrantsMissingError, LoginRefusedError } from './database/access-errors.ts';
export { SchemaTooNewError } from './database/schema-version.ts';
export { DatabaseNotOpenError, PostgresDatabase } from './database/postgres-database.ts';
export type {
  PoolOptions,
  PoolTimeouts,
  PostgresOptions,
  SharableClient,
  SharablePool,
  UrlOptions,
} from './database/postgres-options.ts';
export { entityManagerOf, postgresTransaction } from './database/postgres-transaction.ts';
export type { HostTransaction } from './host-transactions/host-transaction.ts';
export { PostgresOutboxPartitions } from './events/postgres-outbox-partitions.ts';
export { PostgresOutbox } from './events/postgres-outbox.ts';
export { PostgresQuizStore } from './gameplay/postgres-quiz-store.ts';
export { PostgresAlertLog } from './health/postgres-alert-log.ts';
export { PostgresSkewedInstances } from './health/postgres-skewed-instances.ts';
export { PostgresVerdictLog } from './health/postgres-verdict-log.ts';
export { PostgresFailedItems } from './jobs/postgres-failed-items.ts';
export { PostgresJobRegistry } from './jobs/postgres-job-registry.ts';
export { PostgresRunLedger } from './jobs/postgres-run-ledger.ts';
export { PostgresRunOverview } from './jobs/postgres-run-overview.ts';
export { PostgresShardLedger } from './jobs/postgres-shard-ledger.ts';
export { PostgresThrottle } from './jobs/postgres-throttle.ts';
export { PostgresLeaderboardCache } from './leaderboards/postgres-leaderboard-cache.ts';
export { PostgresAwardRepository } from './leaderboards/postgres-award-repository.ts';
export { PostgresPendingCacheUpdates } from './leaderboards/postgres-pending-cache-updates.ts';
export { PostgresPeriodRepository } from './leaderboards/postgres-period-repository.ts';
export { PostgresPeriodResets } from './leaderboards/postgres-period-resets.ts';
export { PostgresRankingRepository } from './leaderboards/postgres-ranking-repository.ts';
export { PostgresStandingsArchive } from './leaderboards/postgres-standings-archive.ts';
export { PostgresActionLog } from './operators/postgres-action-log.ts';
export { PostgresPlayerImport } from './players/postgres-player-import.ts';
export { PostgresPlayerLog } from './players/postgres-player-log.ts';
export { PostgresPlayerRecords } from './players/postgres-player-records.ts';
export { PostgresPlayerRepository } from './players/postgres-player-repository.ts';
export { PostgresRuleHistory } from './rules/postgres-rule-history.ts';
export { PostgresSessionRepository } from './sessions/postgres-session-repository.ts';
export { PostgresStreakRepository } from './streaks/postgres-streak-repository.ts';
export { PostgresStoreTime } from './time/postgres-store-time.ts';
export { PostgresLivesRepository } from './lives/postgres-lives-repository.ts';
export { PlayerRowMissingError, TableMappingError } from './mapping/mapping-errors.ts';
export type {
  IdMapping,
  IdType,
  InstantType,
  LivesMapping,
  ProgressMapping,
  SessionsMapping,
  TableMapping,
  TableMappings,
  Touch,
} from './mapping/table-mappings.ts';
export { postgresAdapters, postgresDatabase } from './postgres-adapters.ts';
