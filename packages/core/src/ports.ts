export { isTouched, type Rehearsals, type Rehearsed } from './engine/transactions/transactions.ts';
export type { AbortSignalLike } from './engine/time/abort.ts';
export type { Schedule, Schedules } from './engine/time/schedule.ts';
export type { FailedItems } from './engine/jobs/failed-items.ts';
export {
  COMPLETE,
  RECENT_RUNS,
  type ClaimOutcome,
  type JobLedger,
  type JobPulse,
  type JobRecord,
  type JobRegistration,
  type JobSchedule,
  type JobTicks,
  type Progress,
  type RecentRun,
  type RunRequest,
  type RunsPage,
  type VerdictChange,
  type VerdictRecord,
} from './engine/jobs/job-ledger.ts';
export type { Cut, Prunable } from './engine/jobs/prunable.ts';
export type { Scheduler, Wakeup } from './engine/jobs/scheduler.ts';
export type { LaneClaim, LaneOutcome, OutboxLanes } from './engine/events/outbox-lanes.ts';
export type { Outbox, StoredEvent } from './engine/events/outbox.ts';
export type {
  AlertLog,
  AlertOutcome,
  AlertRecord,
  OwedAlert,
  RaisedAlert,
} from './engine/health/alert-log.ts';
export {
  SKEW_REPORT_TTL_MS,
  type SkewedInstance,
  type SkewedInstances,
} from './engine/health/skewed-instances.ts';
export type {
  MeasuredValues,
  MetricDefinition,
  MetricKind,
  MetricSource,
  Sample,
} from './engine/metrics/metric.ts';
export type { RuleChange, RuleHistory } from './engine/rules/rule-history.ts';
export { engineTokens, hostTokens, optionalTokens } from './engine/wiring/engine-tokens.ts';
export type { HostModule, OpenContext } from './engine/wiring/host-module.ts';
export { failedSetup } from './engine/wiring/setup.ts';
export {
  provide,
  provideFallback,
  token,
  type Binding,
  type Resolved,
  type Token,
} from './engine/wiring/token.ts';
export {
  BoardNotCachedError,
  type Drift,
  type LeaderboardCache,
  type LeaderboardReads,
  type ScorePages,
} from './game/leaderboards/leaderboard-cache.ts';
export type { FoundPeriod } from './game/leaderboards/period-among.ts';
export type { ClosingPeriod, Period } from './game/leaderboards/period.ts';
export type {
  AwardOutcome,
  BoardPeriod,
  RankingRepository,
  ResetBatch,
  ResetProgress,
  UnfinishedPeriod,
} from './game/leaderboards/ranking-repository.ts';
export type { NamedScore, Score } from './game/leaderboards/standing.ts';
export type { LivesRepository, RegenerateDue, RegenerateDueResult } from './game/lives/lives-repository.ts';
export type { Change, Decision } from './game/players/decision.ts';
export type { Player, PlayerRepository } from './game/players/player-repository.ts';
export type { CompletionResult, QuizSession, SessionStatus } from './game/sessions/quiz-session.ts';
export type { ExpireDue, SessionRepository } from './game/sessions/session-repository.ts';
export type { EvaluateDue, StreakRepository } from './game/streaks/streak-repository.ts';
export { gameTokens } from './game/wiring/game-tokens.ts';
