export { isTouched, type DryRuns, type DryRunResult } from './engine/transactions/transactions.ts';
export type { AbortSignalLike } from './engine/time/abort.ts';
export type { Schedule, ScheduleParser } from './engine/time/schedule.ts';
export type { PinnableTime } from './engine/time/pinnable-time.ts';
export type { StoreTime } from './engine/time/store-time.ts';
export type { FailedItems } from './engine/jobs/failed-items.ts';
export {
  COMPLETED_CHECKPOINT,
  FINISHING_CHECKPOINT,
  type ClaimOutcome,
  type RunLedger,
  type Progress,
  type RunsPage,
} from './engine/jobs/run-ledger.ts';
export {
  dividedCheckpoint,
  nextOfDivided,
  type JoinedRun,
  type Shard,
  type ShardClaimOutcome,
  type ShardEnd,
  type ShardLedger,
  type ShardRequest,
} from './engine/jobs/shard-ledger.ts';
export type {
  LeasedRun,
  OverviewRequest,
  RunCell,
  RunOverview,
  SeenInstance,
} from './engine/jobs/run-overview.ts';
export { RECENT_RUNS, type RecentRun } from './engine/jobs/run.ts';
export type {
  JobSummary,
  JobRecord,
  JobRegistration,
  JobRegistry,
  JobSchedule,
  JobTicks,
} from './engine/jobs/job-registry.ts';
export type { VerdictChange, VerdictLog, VerdictRecord } from './engine/health/verdict-log.ts';
export type { PruneRequest, Prunable } from './engine/jobs/prunable.ts';
export type {
  ActionLog,
  NewOperatorAction,
  OperatorAction,
  OperatorActionEnd,
  OperatorActionsPage,
} from './engine/operators/action-log.ts';
export type { Scheduler, Wakeup } from './engine/jobs/scheduler.ts';
export {
  courierItem,
  readCourierItem,
  type ConsumedJob,
  type Consumption,
  type Courier,
  type CourierAbilities,
  type CourierItem,
} from './engine/jobs/courier.ts';
export type {
  PartitionClaim,
  PartitionOutcome,
  OutboxPartitions,
} from './engine/events/outbox-partitions.ts';
export type { Outbox, StoredEvent } from './engine/events/outbox.ts';
export type {
  AlertLog,
  AlertOutcome,
  AlertRecord,
  ClaimedAlert,
  RaisedAlert,
} from './engine/health/alert-log.ts';
export {
  SKEW_REPORT_TTL_MS,
  type SkewedInstance,
  type SkewedInstances,
} from './engine/health/skewed-instances.ts';
export type { MeasuredValues, MetricDefinition, MetricSource } from './engine/metrics/metric.ts';
export type { RuleChange, RuleHistory } from './engine/rules/rule-history.ts';
export { engineTokens, hostTokens, optionalTokens } from './engine/wiring/engine-tokens.ts';
export type { HostModule, OpenContext } from './engine/wiring/host-module.ts';
export { failedSetup } from './engine/wiring/setup.ts';
export { provide, provideFallback, token, type Binding, type Token } from './engine/wiring/token.ts';
export type { BoardPeriod } from './game/leaderboards/board-period.ts';
export {
  BoardNotCachedError,
  type Drift,
  type LeaderboardCache,
  type LeaderboardReader,
} from './game/leaderboards/leaderboard-cache.ts';
export type {
  CacheUpdate,
  PendingCacheUpdate,
  PendingCacheUpdates,
} from './game/leaderboards/pending-cache-updates.ts';
export type { ResolvedPeriod } from './game/leaderboards/resolve-period.ts';
export type { BoundedPeriod, Period } from './game/leaderboards/period.ts';
export { ComposedQuizStore, type ComposedQuizStorePorts } from './game/gameplay/composed-quiz-store.ts';
export type {
  CompletedQuiz,
  CompletionRules,
  QuizStore,
  QuizToComplete,
  QuizToStart,
  StartedQuiz,
} from './game/gameplay/quiz-store.ts';
export type {
  AwardOutcome,
  AwardRepository,
  NewPlayer,
  PlayerAwardsPage,
} from './game/leaderboards/award-repository.ts';
export type { PeriodRepository } from './game/leaderboards/period-repository.ts';
export type { RankingRepository } from './game/leaderboards/ranking-repository.ts';
export type { StandingsArchive } from './game/leaderboards/standings-archive.ts';
export type { PeriodResets, ResetBatch, UnfinishedPeriod } from './game/leaderboards/period-resets.ts';
export type { NamedScore, Score, ScorePages } from './game/leaderboards/standing.ts';
export type { LivesRepository, LifeRegenerationBatch } from './game/lives/lives-repository.ts';
export type { StateChange, Decision } from './game/players/decision.ts';
export type { ImportTerms } from './game/players/import-terms.ts';
export type { PlayerHistory } from './game/players/player-history.ts';
export type {
  ImportedPage,
  PeriodHistory,
  PlayerImport,
  SelectedPage,
} from './game/players/player-import.ts';
export type {
  LogCursor,
  LogEntry,
  PlayerLog,
  RecordedEntry,
  StoredEntry,
} from './game/players/player-log.ts';
export type { ErasedPlayer, PlayerRecords } from './game/players/player-records.ts';
export type { Player, PlayerRepository } from './game/players/player-repository.ts';
export type { CompletionResult, QuizSession } from './game/sessions/quiz-session.ts';
export type {
  PlayerSessionsPage,
  SessionExpiryBatch,
  SessionRepository,
} from './game/sessions/session-repository.ts';
export type { StreakEvaluationBatch, StreakRepository } from './game/streaks/streak-repository.ts';
export type {
  ComparedLives,
  ComparedStreak,
  Comparison,
  LivesCounts,
  LivesOutcome,
  LivesTrial,
  StreakCounts,
  StreakOutcome,
  StreakTrial,
} from './game/what-if/comparison.ts';
export { gameTokens, optionalGameTokens } from './game/wiring/game-tokens.ts';
