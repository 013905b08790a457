export { GamekeeperError, InvalidOptionError, hasCode, isGamekeeperError } from './engine/common/errors.ts';
export type { Json, JsonObject } from './engine/common/json.ts';
export { silentLogger, type LogFields, type Logger } from './engine/common/logger.ts';
export { RowLockedError } from './engine/transactions/row-locked-error.ts';
export {
  ForeignTransactionError,
  StatementTimeoutError,
  StoreUnavailableError,
  TransactionConflictError,
  TransactionEndedError,
  type Transaction,
  type Transactions,
} from './engine/transactions/transactions.ts';
export type { AbortSignal } from './engine/time/abort.ts';
export type { Clock, Timer } from './engine/time/clock.ts';
export {
  DAY_MS,
  HOUR_MS,
  InvalidInstantError,
  MINUTE_MS,
  SECOND_MS,
  minInstant,
  instant,
  iso,
  addMs,
  maxInstant,
  type Instant,
  type InstantLike,
} from './engine/time/instant.ts';
export type { ChangedDay } from './engine/time/changed-days.ts';
export type { WithDates } from './engine/time/with-dates.ts';
export { InvalidScheduleError, type ScheduleSpec } from './engine/time/schedule.ts';
export type { OneTimeSpec } from './engine/time/one-time-schedule.ts';
export { addDays, localDate, startOfDay, type LocalDate } from './engine/time/zones.ts';
export type { BackfilledTick } from './engine/jobs/backfill.ts';
export { ShardsFailedError, ShardsNotSupportedError } from './engine/jobs/divide-run.ts';
export type { Division, Finish, ShardsQuery } from './engine/jobs/division.ts';
export { DryRunNotSupportedError, type DryRunReport } from './engine/jobs/dry-run.ts';
export {
  JobWithoutItemsError,
  TooManyFailedItemsError,
  type FailedItem,
  type FailedItemCursor,
} from './engine/jobs/failed-items.ts';
export type { ItemFilter } from './engine/jobs/item-filter.ts';
export {
  defineJob,
  type Batch,
  type ItemsQuery,
  type JobDefinition,
  type JobOptions,
  type MissedTicks,
  type RetryPolicy,
} from './engine/jobs/job-definition.ts';
export {
  FutureTickError,
  JobNotRegisteredError,
  NotATickError,
  UnknownJobError,
} from './engine/jobs/job-errors.ts';
export type { TickOutcome } from './engine/jobs/tick-outcome.ts';
export { LeaseLostError, RunLockedError, type Claim, type ShardPart } from './engine/jobs/run-ledger.ts';
export type { BatchProgress } from './engine/jobs/batch-progress.ts';
export { runStatuses, type Run, type RunStatus, type SkipReason } from './engine/jobs/run.ts';
export { defaultRetentionRules, type RetentionRules } from './engine/jobs/retention.ts';
export type { ShardClaim } from './engine/jobs/shard-ledger.ts';
export type { RetryOutcome } from './engine/jobs/retry-failed-items.ts';
export type {
  AttemptEnd,
  AttemptReport,
  CommittedBatch,
  RunObserver,
  ShardReport,
} from './engine/jobs/run-observer.ts';
export { RunTimeoutError } from './engine/jobs/run-timeout-error.ts';
export type { ScheduledJob } from './engine/jobs/scheduled-job.ts';
export type { DomainEvent } from './engine/events/domain-event.ts';
export { DeliveryAbortedError, type EventBus, type PublishOptions } from './engine/events/event-bus.ts';
export { AdaptiveThrottle, type AdaptiveThrottleOptions } from './engine/jobs/adaptive-throttle.ts';
export { runThrottle } from './engine/jobs/throttle-module.ts';
export { combineThrottles, noThrottle, type Throttle, type ThrottledBatch } from './engine/jobs/throttle.ts';
export { eventBus } from './engine/events/event-bus-module.ts';
export type { EventContext, EventHandler } from './engine/events/event-handler.ts';
export { InProcessEventBus, type DeadLetterOptions } from './engine/events/in-process-event-bus.ts';
export type { OutboxLimits } from './engine/events/outbox-check.ts';
export type { OutboxLag } from './engine/events/outbox-partitions.ts';
export type { OutboxEntry } from './engine/events/outbox.ts';
export { InMemorySeenEvents, deduplicate, type SeenEvents } from './engine/events/seen-events.ts';
export type { AlertChannel } from './engine/health/alert-channel.ts';
export type { AlertDigest } from './engine/health/alert-digest.ts';
export type { AlertLag } from './engine/health/alert-log.ts';
export type { AlertRoute, QuietHours } from './engine/health/alert-routes.ts';
export { type Alert, type AlertKind, type CheckAlert, type JobAlert } from './engine/health/alert.ts';
export type { CheckFinding, CheckHealth, CheckResult, HealthCheck } from './engine/health/check.ts';
export { ClockSkewError } from './engine/health/clock-watch.ts';
export type { EngineHealth } from './engine/health/engine-health.ts';
export type { FailingRule } from './engine/health/failing.ts';
export { jobHealthCheck } from './engine/health/job-health-check.ts';
export type { JobHealth } from './engine/health/job-health.ts';
export { logAlerts } from './engine/health/log-alerts.ts';
export type { JobCounters } from './engine/metrics/run-counters.ts';
export type { Degradation } from './engine/health/outage.ts';
export { severities, type Severity } from './engine/health/severity.ts';
export { verdicts, type CheckVerdict, type Verdict } from './engine/health/verdict.ts';
export {
  SchemaOutdatedError,
  SetupError,
  type ModuleFinding,
  type SetupFinding,
} from './engine/wiring/setup.ts';
export { byType, type EventHandlers } from './game/events/by-type.ts';
export type {
  AwardLate,
  GameEvent,
  LeaderboardReset,
  LivesRefilled,
  PlayerAdjusted,
  PlayerErased,
  QuizAbandoned,
  StreakBroken,
  StreakProtected,
} from './game/events/game-events.ts';
export { AwardTooOldError } from './game/gameplay/award-too-old-error.ts';
export type { CallOptions } from './game/gameplay/call-options.ts';
export { ConcurrentStartError } from './game/gameplay/concurrent-start-error.ts';
export { Gameplay, type When } from './game/gameplay/gameplay.ts';
export type {
  AwardResult,
  AwardScores,
  CompleteQuizResult,
  StartQuizResult,
} from './game/gameplay/results.ts';
export type { CacheDrift, HostHealth } from './game/health/host-health.ts';
export type { UnfinishedReset, UnsealedPeriod } from './game/leaderboards/board-check.ts';
export { BoardKindChangedError, BoardTieBreakChangedError } from './game/leaderboards/same-boards.ts';
export {
  defaultBoards,
  type Board,
  type BoardOptions,
  type PeriodKind,
  type TieBreak,
} from './game/leaderboards/board.ts';
export {
  defaultLeaderboardRules,
  type LeaderboardRules,
  type OldAwards,
} from './game/leaderboards/leaderboard-rules.ts';
export {
  Leaderboards,
  UnknownBoardError,
  type PeriodChoice,
  type StandingsPage,
} from './game/leaderboards/leaderboards.ts';
export { PeriodNotOverError } from './game/leaderboards/period-not-over-error.ts';
export type { PeriodRecord } from './game/leaderboards/period-repository.ts';
export type { XpAward } from './game/leaderboards/award-repository.ts';
export type { Standing } from './game/leaderboards/standing.ts';
export { defaultLivesRules, type LivesRules } from './game/lives/lives-rules.ts';
export type { Lives, SpendResult } from './game/lives/lives.ts';
export { PlayerLives, type SpendOptions } from './game/lives/player-lives.ts';
export {
  MAX_ID_BYTES,
  MAX_NAME_LENGTH,
  awardId,
  sessionId,
  userId,
  type AwardId,
  type Id,
  type SessionId,
  type UserId,
} from './game/players/ids.ts';
export { defaultSessionRules, type SessionRules } from './game/sessions/session-rules.ts';
export type { ExplainPage } from './game/players/explain-player.ts';
export { explanationText } from './game/players/explanation-text.ts';
export type { Explanation } from './game/players/explanation.ts';
export type { TriedTick } from './game/players/import-dry-run.ts';
export type { PlayerBatches, PlayerSelect, PlayerSource } from './game/players/import-source.ts';
export type { PeriodHistoryInput } from './game/players/period-history.ts';
export type { PlayerHistoryInput } from './game/players/player-history.ts';
export type { ImportDryRun, ImportOptions, ImportProgress } from './game/players/player-imports.ts';
export type { OperationOptions, StreakChange } from './game/players/player-operations.ts';
export { UnknownPlayerError } from './game/players/unknown-player-error.ts';
export { Players } from './game/players/players.ts';
export { WhatIfNotSupportedError, type WhatIfOptions, type WhatIfReport } from './game/what-if/what-if.ts';
export { PlayerStreaks, type GrantProtectionResult } from './game/streaks/player-streaks.ts';
export { defaultStreakRules, type StreakRules } from './game/streaks/streak-rules.ts';
export type { Streak } from './game/streaks/streak.ts';
