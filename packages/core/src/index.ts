export { GamekeeperError, InvalidOptionError, hasCode, isGamekeeperError } from './errors.ts';
export type { Decision } from './decision.ts';
export { givenObject, knownOptions, type CallOptions } from './call-options.ts';
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
} from './ids.ts';
export type { ItemChoice } from './item-choice.ts';
export type { Json, JsonObject } from './json.ts';
export { errorText } from './secrets/error-text.ts';
export { maskedLogger } from './secrets/masked-logger.ts';
export { maskedValue } from './secrets/masked-values.ts';
export { withoutSecrets } from './secrets/without-secrets.ts';
export { silentLogger, type LogFields, type Logger } from './logger.ts';
export { assertKnown, storableText, wholeNumber } from './options.ts';
export { RowLockedError } from './row-locked-error.ts';
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
} from './transactions.ts';

export { createAbortController, type AbortSignal, type AbortSignalLike } from './time/abort.ts';
export { endsWithin, sleep, type Clock, type Timer } from './time/clock.ts';
export { StoreClock } from './time/store-clock.ts';
export { addDays, localDate, startOfDay, type LocalDate } from './time/zones.ts';
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
} from './time/instant.ts';
export { PLAYED_AHEAD_MS, playedAt } from './time/played-at.ts';
export { ScheduleWithTicks } from './time/schedule-with-ticks.ts';
export {
  InvalidScheduleError,
  isTick,
  latestTick,
  zoneAt,
  type Schedule,
  type ScheduleSpec,
  type Schedules,
} from './time/schedule.ts';

export { RecordedSchedule } from './time/recorded-schedule.ts';
export { ScheduleTimeline, TicksAfter, type TimelineSegment } from './time/schedule-timeline.ts';

export type {
  AwardLate,
  Change,
  DomainEvent,
  LeaderboardReset,
  LivesRefilled,
  QuizAbandoned,
  StreakBroken,
  StreakProtected,
} from './events/domain-event.ts';
export { DeliveryAbortedError, eventBus, type EventBus, type PublishOptions } from './events/event-bus.ts';
export {
  byType,
  type EventContext,
  type EventHandler,
  type EventHandlers,
  type GameEvent,
} from './events/event-handler.ts';
export { EventRelay, type RelayPorts } from './events/event-relay.ts';
export { InProcessEventBus, type GivingUp } from './events/in-process-event-bus.ts';
export type { Outbox, OutboxEntry, StoredEvent } from './events/outbox.ts';
export type { LaneClaim, LaneOutcome, OutboxLag, OutboxLanes } from './events/outbox-lanes.ts';
export { RecentEvents, once, type SeenEvents } from './events/seen-events.ts';
export { laneOf, subjectOf } from './events/subject.ts';

export type { BackfilledTick } from './jobs/backfill.ts';
export { backoffMs } from './jobs/backoff.ts';
export { planCatchUp, type CatchUpPlan, type Skips } from './jobs/catch-up.ts';
export {
  JobWithoutItemsError,
  TooManyFailedItemsError,
  failureText,
  type FailedItem,
  type FailedItemPlace,
  type FailedItems,
} from './jobs/failed-items.ts';
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
} from './jobs/job-definition.ts';
export { durationBucketsMs } from './jobs/duration-buckets.ts';
export {
  FutureTickError,
  JobEngine,
  JobNotRegisteredError,
  NotATickError,
  UnknownJobError,
  type FailedItemsPage,
  type Registering,
  type ScheduledJob,
} from './jobs/job-engine.ts';
export type { TickOutcome } from './jobs/job-lane.ts';
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
} from './jobs/job-ledger.ts';
export { JobTimelines } from './jobs/job-timelines.ts';
export {
  PLAYERS_REFRESH_MS,
  RUNS_REFRESH_MS,
  RecordRefresh,
  recordedTicks,
  type RecordedTicks,
} from './jobs/recorded-ticks.ts';
export { JobRunner, type EnginePorts } from './jobs/job-runner.ts';
export type { RetryOutcome } from './jobs/retry-failed-items.ts';
export { TimeLimitError } from './jobs/time-limit-error.ts';
export { runLog } from './jobs/run-log.ts';
export {
  observers,
  type AttemptEnd,
  type AttemptReport,
  type CommittedBatch,
  type RunObserver,
} from './jobs/run-observer.ts';
export { NotRehearsableError, dryRun, type DryRun } from './jobs/dry-run.ts';
export type { Cut, Prunable } from './jobs/prunable.ts';
export {
  defaultRetentionRules,
  retention,
  retentionRules,
  type Kept,
  type RetentionRules,
} from './jobs/retention.ts';
export type { Scheduler, Wakeup } from './jobs/scheduler.ts';

export type { RuleChange, RuleHistory } from './rules/rule-history.ts';
export { inForce, type RulesInForce, type Ruling } from './rules/rules-in-force.ts';
export { RulesTimeline, type RulesSegment } from './rules/rules-timeline.ts';

export { lifeRegeneration } from './lives/life-regeneration.ts';
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
} from './lives/lives.ts';
export type { LivesRepository, RegenerateDue, RegenerateDueResult } from './lives/lives-repository.ts';
export {
  defaultLivesRules,
  livesRules,
  raiseOf,
  withRaises,
  type LivesRaise,
  type LivesRules,
} from './lives/lives-rules.ts';
export { PlayerLives, type PlayerLivesPorts, type SpendOptions } from './lives/player-lives.ts';

export { streakRules, defaultStreakRules, type StreakRules } from './streaks/streak-rules.ts';
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
} from './streaks/streak.ts';
export type { EvaluateDue, StreakRepository } from './streaks/streak-repository.ts';
export { streakUpdate } from './streaks/streak-update.ts';
export {
  PlayerStreaks,
  type GrantProtectionResult,
  type PlayerStreaksPorts,
} from './streaks/player-streaks.ts';

export { defaultSessionRules, sessionRules, type SessionRules } from './sessions/session-rules.ts';
export {
  QUIZ_ABANDONED_KEY_PREFIX,
  beginSession,
  completeSession,
  expireSession,
  isAbandoned,
  type CompletionResult,
  type QuizSession,
  type SessionStatus,
} from './sessions/quiz-session.ts';
export type { ExpireDue, SessionRepository } from './sessions/session-repository.ts';
export { sessionCleanup } from './sessions/session-cleanup.ts';

export {
  defaultBoards,
  defineBoards,
  resetSchedule,
  type Board,
  type BoardOptions,
  type PeriodKind,
  type TieOrder,
} from './leaderboards/board.ts';
export { FallbackLeaderboardCache, leaderboardTruth } from './leaderboards/fallback-leaderboard-cache.ts';
export {
  BoardNotCachedError,
  type Drift,
  type LeaderboardCache,
  type LeaderboardReads,
  type ScorePages,
} from './leaderboards/leaderboard-cache.ts';
export { leaderboardRecalculation, recalculate, repaired } from './leaderboards/leaderboard-recalculation.ts';
export { BoardKindChangedError, assertBoardKinds } from './leaderboards/board-kinds.ts';
export { unclosedPeriod, type UnclosedPeriod } from './leaderboards/reset-in-time.ts';
export { PeriodNotOverError } from './leaderboards/period-not-over-error.ts';
export { addStoredEnds } from './leaderboards/stored-ends.ts';
export { leaderboardReset, resetJobName } from './leaderboards/leaderboard-reset.ts';
export {
  defaultLeaderboardRules,
  leaderboardRules,
  type LeaderboardRules,
  type OldAwards,
} from './leaderboards/leaderboard-rules.ts';
export {
  Leaderboards,
  UnknownBoardError,
  type PeriodChoice,
  type StandingsPage,
} from './leaderboards/leaderboards.ts';
export { closingPeriodAt, periodAt, type ClosingPeriod, type Period } from './leaderboards/period.ts';
export {
  keysAround,
  periodAmong,
  type FoundPeriod,
  type StoredPeriods,
} from './leaderboards/period-among.ts';
export type {
  AwardOutcome,
  BoardPeriod,
  PeriodRecord,
  RankingRepository,
  ResetBatch,
  ResetProgress,
  UnfinishedPeriod,
  XpAward,
} from './leaderboards/ranking-repository.ts';
export {
  compareBytewise,
  compareScores,
  type NamedScore,
  type Score,
  type Standing,
} from './leaderboards/standing.ts';

export { AwardTooOldError } from './gameplay/award-too-old-error.ts';
export { ConcurrentStartError } from './gameplay/concurrent-start-error.ts';
export {
  Gameplay,
  type AwardResult,
  type CompleteQuizResult,
  type GameplayPorts,
  type StartQuizResult,
  type When,
} from './gameplay/gameplay.ts';
export type { Player, PlayerRepository } from './gameplay/player-repository.ts';

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
} from './health/alert.ts';
export type { AlertChannel } from './health/alert-channel.ts';
export type {
  AlertLag,
  AlertLog,
  AlertOutcome,
  AlertRecord,
  OwedAlert,
  RaisedAlert,
} from './health/alert-log.ts';
export { checkRoutes, route, type AlertRoute, type QuietHours } from './health/alert-routes.ts';
export { AlertDelivery } from './health/alert-delivery.ts';
export type { AlertDigest } from './health/alert-digest.ts';
export { ClockSkewError, ClockWatch, type ClockWatchPorts } from './health/clock-watch.ts';
export { HealthWatch, type Heartbeat, type HealthWatchPorts } from './health/health-watch.ts';
export {
  inspect,
  inspectChecks,
  type CheckInspection,
  type Inspection,
  type InspectionPorts,
} from './health/inspection.ts';
export { logAlerts } from './health/log-alerts.ts';
export { healthCheck } from './health/health-check.ts';
export {
  judgeHost,
  type EngineHealth,
  type EngineHealthPorts,
  type JudgedHost,
} from './health/host-health.ts';
export {
  hostHealth,
  type CacheDrift,
  type HostHealth,
  type HostHealthPorts,
} from './gameplay/host-health.ts';
export {
  judgeCheck,
  type CheckFinding,
  type CheckHealth,
  type CheckResult,
  type CheckVerdict,
  type HealthCheck,
} from './health/check.ts';
export { CLOCK_CHECK, clockCheck, type ClockFacts } from './health/clock-check.ts';
export { SKEW_REPORT_TTL_MS, type SkewedInstance, type SkewedInstances } from './health/skewed-instances.ts';
export { changeOf, type JudgedAt, type JudgedChange } from './health/verdict-change.ts';
export { OUTBOX_CHECK, outboxCheck, outboxLimits, type OutboxLimits } from './events/outbox-check.ts';
export {
  MAX_UNFINISHED_MS,
  boardCheck,
  boardCheckName,
  type BoardCheckPorts,
  type BoardFacts,
  type UnfinishedReset,
  type UnsealedPeriod,
} from './leaderboards/board-check.ts';
export type { FailingRule } from './health/failing.ts';
export { checkHealthJson, type CheckHealthJson } from './health/check-health-json.ts';
export { jobHealthJson, type InstantsAsText, type JobHealthJson } from './health/job-health-json.ts';
export { judgeJob, judgeJobs, type JobHealth, type JudgedBy, type JudgedJob } from './health/job-health.ts';
export { span } from './health/span.ts';
export {
  Outage,
  type Degradation,
  type OutageCounts,
  type OutageOptions,
  type OutagePorts,
} from './health/outage.ts';
export { Outages } from './health/outages.ts';
export { cacheOutage } from './leaderboards/cache-outage.ts';
export { isTrouble, verdicts, type Verdict } from './health/verdict.ts';

export type { HostModule, OpenContext } from './wiring/host-module.ts';
export {
  SchemaOutdatedError,
  SetupError,
  failedSetup,
  type ModuleFinding,
  type SetupFinding,
} from './wiring/setup.ts';
export { provide, provideFallback, token, type Binding, type Resolved, type Token } from './wiring/token.ts';
export { hostTokens, optionalTokens, tokens } from './wiring/tokens.ts';

export { gauge, healthMetrics, inSeconds } from './metrics/health-metrics.ts';
export { metricCatalogue, metricLabels, type MetricCatalogue } from './metrics/metric-catalogue.ts';
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
} from './metrics/metric.ts';
