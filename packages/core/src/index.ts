export { GamekeeperError, InvalidOptionError, hasCode, isGamekeeperError } from './engine/common/errors.ts';
export type { Decision } from './game/players/decision.ts';
export { givenObject, knownOptions } from './engine/common/options.ts';
export { type CallOptions } from './game/gameplay/call-options.ts';
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
export type { ItemChoice } from './engine/jobs/item-choice.ts';
export type { Json, JsonObject } from './engine/common/json.ts';
export { errorText } from './engine/secrets/error-text.ts';
export { maskedLogger } from './engine/secrets/masked-logger.ts';
export { maskedValue } from './engine/secrets/masked-values.ts';
export { withoutSecrets } from './engine/secrets/without-secrets.ts';
export { silentLogger, type LogFields, type Logger } from './engine/common/logger.ts';
export { assertKnown, storableText, wholeNumber } from './engine/common/options.ts';
export { RowLockedError } from './engine/transactions/row-locked-error.ts';
export {
  ForeignTransactionError,
  StatementTimeoutError,
  StoreUnavailableError,
  TransactionConflictError,
  TransactionEndedError,
  isTouched,
  type Rehearsals,
  type Rehearsed,
  type Transaction,
  type Transactions,
} from './engine/transactions/transactions.ts';

export { createAbortController, type AbortSignal, type AbortSignalLike } from './engine/time/abort.ts';
export { endsWithin, sleep, type Clock, type Timer } from './engine/time/clock.ts';
export { StoreClock } from './engine/time/store-clock.ts';
export { addDays, localDate, startOfDay, type LocalDate } from './engine/time/zones.ts';
export {
  DAY_MS,
  HOUR_MS,
  InvalidInstantError,
  MINUTE_MS,
  SECOND_MS,
  earlierOf,
  instant,
  iso,
  later,
  laterOf,
  type Instant,
  type InstantLike,
} from './engine/time/instant.ts';
export { PLAYED_AHEAD_MS, playedAt } from './engine/time/played-at.ts';
export { ScheduleWithTicks } from './engine/time/schedule-with-ticks.ts';
export {
  InvalidScheduleError,
  isTick,
  latestTick,
  zoneAt,
  type Schedule,
  type ScheduleSpec,
  type Schedules,
} from './engine/time/schedule.ts';

export { RecordedSchedule } from './engine/time/recorded-schedule.ts';
export { ScheduleTimeline, TicksAfter, type TimelineSegment } from './engine/time/schedule-timeline.ts';

export type {
  AwardLate,
  LeaderboardReset,
  LivesRefilled,
  QuizAbandoned,
  StreakBroken,
  StreakProtected,
} from './game/events/game-events.ts';
export type { Change } from './game/players/decision.ts';
export type { DomainEvent } from './engine/events/domain-event.ts';
export {
  DeliveryAbortedError,
  eventBus,
  type EventBus,
  type PublishOptions,
} from './engine/events/event-bus.ts';
export { byType, type EventHandlers } from './game/events/by-type.ts';
export { type EventContext, type EventHandler } from './engine/events/event-handler.ts';
export { type GameEvent } from './game/events/game-events.ts';
export { EventRelay, type RelayPorts } from './engine/events/event-relay.ts';
export { InProcessEventBus, type GivingUp } from './engine/events/in-process-event-bus.ts';
export type { Outbox, OutboxEntry, StoredEvent } from './engine/events/outbox.ts';
export type { LaneClaim, LaneOutcome, OutboxLag, OutboxLanes } from './engine/events/outbox-lanes.ts';
export { RecentEvents, once, type SeenEvents } from './engine/events/seen-events.ts';
export { laneOf, subjectOf } from './engine/events/subject.ts';

export type { BackfilledTick } from './engine/jobs/backfill.ts';
export { backoffMs } from './engine/jobs/backoff.ts';
export { planCatchUp, type CatchUpPlan, type Skips } from './engine/jobs/catch-up.ts';
export {
  JobWithoutItemsError,
  TooManyFailedItemsError,
  failureText,
  type FailedItem,
  type FailedItemPlace,
  type FailedItems,
} from './engine/jobs/failed-items.ts';
export {
  defineJob,
  registrationOf,
  type Batch,
  type BatchResult,
  type ItemsQuery,
  type JobDefinition,
  type JobOptions,
  type MissedTicks,
  type RetryPolicy,
} from './engine/jobs/job-definition.ts';
export { durationBucketsMs } from './engine/jobs/duration-buckets.ts';
export {
  FutureTickError,
  JobEngine,
  JobNotRegisteredError,
  NotATickError,
  UnknownJobError,
  type FailedItemsPage,
  type Registering,
  type ScheduledJob,
} from './engine/jobs/job-engine.ts';
export type { TickOutcome } from './engine/jobs/job-lane.ts';
export {
  COMPLETE,
  LeaseLostError,
  RECENT_RUNS,
  RunLockedError,
  runStatuses,
  type Claim,
  type ClaimOutcome,
  type JobLedger,
  type JobPulse,
  type JobRecord,
  type JobRegistration,
  type JobSchedule,
  type JobTicks,
  type Progress,
  type RecentRun,
  type Run,
  type RunRequest,
  type RunStatus,
  type RunsPage,
  type SkipReason,
  type VerdictChange,
  type VerdictRecord,
} from './engine/jobs/job-ledger.ts';
export { JobTimelines } from './engine/jobs/job-timelines.ts';
export {
  PLAYERS_REFRESH_MS,
  RUNS_REFRESH_MS,
  RecordRefresh,
  recordedTicks,
  type RecordedTicks,
} from './engine/jobs/recorded-ticks.ts';
export { JobRunner, type EnginePorts } from './engine/jobs/job-runner.ts';
export type { RetryOutcome } from './engine/jobs/retry-failed-items.ts';
export { TimeLimitError } from './engine/jobs/time-limit-error.ts';
export { runLog } from './engine/jobs/run-log.ts';
export {
  observers,
  type AttemptEnd,
  type AttemptReport,
  type CommittedBatch,
  type RunObserver,
} from './engine/jobs/run-observer.ts';
export { NotRehearsableError, dryRun, type DryRun } from './engine/jobs/dry-run.ts';
export type { Cut, Prunable } from './engine/jobs/prunable.ts';
export {
  defaultRetentionRules,
  retention,
  retentionRules,
  type Kept,
  type RetentionRules,
} from './engine/jobs/retention.ts';
export type { Scheduler, Wakeup } from './engine/jobs/scheduler.ts';

export type { RuleChange, RuleHistory } from './engine/rules/rule-history.ts';
export { inForce, type RulesInForce, type Ruling } from './engine/rules/rules-in-force.ts';
export { RulesTimeline, type RulesSegment } from './engine/rules/rules-timeline.ts';

export { lifeRegeneration } from './game/lives/life-regeneration.ts';
export {
  fullLives,
  isDue,
  livesRefilled,
  livesRefilledKeyPrefix,
  regenerate,
  settleLives,
  spendLife,
  type Lives,
  type SpendResult,
} from './game/lives/lives.ts';
export type { LivesRepository, RegenerateDue, RegenerateDueResult } from './game/lives/lives-repository.ts';
export {
  defaultLivesRules,
  livesRules,
  raiseOf,
  withRaises,
  type LivesRaise,
  type LivesRules,
} from './game/lives/lives-rules.ts';
export { PlayerLives, type PlayerLivesPorts, type SpendOptions } from './game/lives/player-lives.ts';

export { streakRules, defaultStreakRules, type StreakRules } from './game/streaks/streak-rules.ts';
export {
  countQuiz,
  coveredDay,
  evaluateStreak,
  freshStreak,
  isInDanger,
  settleStreak,
  streakEventKeyPrefix,
  streakTick,
  type Streak,
  type StreakTick,
} from './game/streaks/streak.ts';
export type { EvaluateDue, StreakRepository } from './game/streaks/streak-repository.ts';
export { streakUpdate } from './game/streaks/streak-update.ts';
export {
  PlayerStreaks,
  type GrantProtectionResult,
  type PlayerStreaksPorts,
} from './game/streaks/player-streaks.ts';

export { defaultSessionRules, sessionRules, type SessionRules } from './game/sessions/session-rules.ts';
export {
  QUIZ_ABANDONED_KEY_PREFIX,
  beginSession,
  completeSession,
  expireSession,
  isAbandoned,
  type CompletionResult,
  type QuizSession,
  type SessionStatus,
} from './game/sessions/quiz-session.ts';
export type { ExpireDue, SessionRepository } from './game/sessions/session-repository.ts';
export { sessionCleanup } from './game/sessions/session-cleanup.ts';

export {
  defaultBoards,
  defineBoards,
  resetSchedule,
  type Board,
  type BoardOptions,
  type PeriodKind,
  type TieOrder,
} from './game/leaderboards/board.ts';
export {
  FallbackLeaderboardCache,
  leaderboardTruth,
} from './game/leaderboards/fallback-leaderboard-cache.ts';
export {
  BoardNotCachedError,
  type Drift,
  type LeaderboardCache,
  type LeaderboardReads,
  type ScorePages,
} from './game/leaderboards/leaderboard-cache.ts';
export {
  leaderboardRecalculation,
  recalculate,
  repaired,
} from './game/leaderboards/leaderboard-recalculation.ts';
export { BoardKindChangedError, assertBoardKinds } from './game/leaderboards/board-kinds.ts';
export { unclosedPeriod, type UnclosedPeriod } from './game/leaderboards/reset-in-time.ts';
export { PeriodNotOverError } from './game/leaderboards/period-not-over-error.ts';
export { addStoredEnds } from './game/leaderboards/stored-ends.ts';
export { leaderboardReset, resetJobName } from './game/leaderboards/leaderboard-reset.ts';
export {
  defaultLeaderboardRules,
  leaderboardRules,
  type LeaderboardRules,
  type OldAwards,
} from './game/leaderboards/leaderboard-rules.ts';
export {
  Leaderboards,
  UnknownBoardError,
  type PeriodChoice,
  type StandingsPage,
} from './game/leaderboards/leaderboards.ts';
export { closingPeriodAt, periodAt, type ClosingPeriod, type Period } from './game/leaderboards/period.ts';
export {
  keysAround,
  periodAmong,
  type FoundPeriod,
  type StoredPeriods,
} from './game/leaderboards/period-among.ts';
export type {
  AwardOutcome,
  BoardPeriod,
  PeriodRecord,
  RankingRepository,
  ResetBatch,
  ResetProgress,
  UnfinishedPeriod,
  XpAward,
} from './game/leaderboards/ranking-repository.ts';
export {
  compareBytewise,
  compareScores,
  type NamedScore,
  type Score,
  type Standing,
} from './game/leaderboards/standing.ts';

export { AwardTooOldError } from './game/gameplay/award-too-old-error.ts';
export { ConcurrentStartError } from './game/gameplay/concurrent-start-error.ts';
export {
  Gameplay,
  type AwardResult,
  type CompleteQuizResult,
  type GameplayPorts,
  type StartQuizResult,
  type When,
} from './game/gameplay/gameplay.ts';
export type { Player, PlayerRepository } from './game/players/player-repository.ts';

export {
  alertOfChange,
  checkKey,
  reminder,
  severities,
  severityOf,
  subjectKey,
  type Alert,
  type AlertKind,
  type CheckAlert,
  type JobAlert,
  type Judgement,
  type Severity,
  type SubjectHealth,
  type ToldBefore,
} from './engine/health/alert.ts';
export type { AlertChannel } from './engine/health/alert-channel.ts';
export type {
  AlertLag,
  AlertLog,
  AlertOutcome,
  AlertRecord,
  OwedAlert,
  RaisedAlert,
} from './engine/health/alert-log.ts';
export { checkRoutes, route, type AlertRoute, type QuietHours } from './engine/health/alert-routes.ts';
export { AlertDelivery } from './engine/health/alert-delivery.ts';
export type { AlertDigest } from './engine/health/alert-digest.ts';
export { ClockSkewError, ClockWatch, type ClockWatchPorts } from './engine/health/clock-watch.ts';
export { HealthWatch, type Heartbeat, type HealthWatchPorts } from './engine/health/health-watch.ts';
export {
  inspect,
  inspectChecks,
  type CheckInspection,
  type Inspection,
  type InspectionPorts,
} from './engine/health/inspection.ts';
export { logAlerts } from './engine/health/log-alerts.ts';
export { healthCheck } from './engine/health/health-check.ts';
export {
  engineHealth,
  type EngineHealth,
  type EngineHealthPorts,
  type JudgedHost,
} from './engine/health/engine-health.ts';
export {
  hostHealth,
  type CacheDrift,
  type HostHealth,
  type HostHealthPorts,
} from './game/health/host-health.ts';
export {
  judgeCheck,
  type CheckFinding,
  type CheckHealth,
  type CheckResult,
  type CheckVerdict,
  type HealthCheck,
} from './engine/health/check.ts';
export { CLOCK_CHECK, clockCheck, type ClockFacts } from './engine/health/clock-check.ts';
export {
  SKEW_REPORT_TTL_MS,
  type SkewedInstance,
  type SkewedInstances,
} from './engine/health/skewed-instances.ts';
export { changeOf, type JudgedAt, type JudgedChange } from './engine/health/verdict-change.ts';
export { OUTBOX_CHECK, outboxCheck, outboxLimits, type OutboxLimits } from './engine/events/outbox-check.ts';
export {
  MAX_UNFINISHED_MS,
  boardCheck,
  boardCheckName,
  type BoardCheckPorts,
  type BoardFacts,
  type UnfinishedReset,
  type UnsealedPeriod,
} from './game/leaderboards/board-check.ts';
export type { FailingRule } from './engine/health/failing.ts';
export { checkHealthJson, type CheckHealthJson } from './engine/health/check-health-json.ts';
export { jobHealthJson, type InstantsAsText, type JobHealthJson } from './engine/health/job-health-json.ts';
export {
  judgeJob,
  judgeJobs,
  type JobHealth,
  type JudgedBy,
  type JudgedJob,
} from './engine/health/job-health.ts';
export { span } from './engine/health/span.ts';
export {
  Outage,
  type Degradation,
  type OutageCounts,
  type OutageOptions,
  type OutagePorts,
} from './engine/health/outage.ts';
export { Outages } from './engine/health/outages.ts';
export { cacheOutage } from './game/leaderboards/cache-outage.ts';
export { isTrouble, verdicts, type Verdict } from './engine/health/verdict.ts';

export type { HostModule, OpenContext } from './engine/wiring/host-module.ts';
export {
  SchemaOutdatedError,
  SetupError,
  failedSetup,
  type ModuleFinding,
  type SetupFinding,
} from './engine/wiring/setup.ts';
export {
  provide,
  provideFallback,
  token,
  type Binding,
  type Resolved,
  type Token,
} from './engine/wiring/token.ts';
export { hostTokens, optionalTokens, engineTokens } from './engine/wiring/engine-tokens.ts';
export { gameTokens } from './game/wiring/game-tokens.ts';

export { gauge, inSeconds } from './engine/metrics/health-metrics.ts';
export { healthMetrics } from './game/health/health-metrics.ts';
export { metricCatalogue, type MetricCatalogue } from './game/health/metric-catalogue.ts';
export { metricLabels } from './engine/metrics/engine-metrics.ts';
export {
  prometheusLabel,
  prometheusName,
  readMetric,
  type HistogramSample,
  type MeasuredMetric,
  type MeasuredValues,
  type MetricDefinition,
  type MetricKind,
  type MetricSource,
  type Sample,
} from './engine/metrics/metric.ts';
