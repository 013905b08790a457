export { GamekeeperError, InvalidOptionError, isGamekeeperError } from './errors.ts';
export { userId, type Id, type UserId } from './ids.ts';
export type { Json, JsonObject } from './json.ts';
export { silentLogger, type LogFields, type Logger } from './logger.ts';
export { wholeNumber } from './options.ts';
export {
  ForeignTransactionError,
  StoreUnavailableError,
  type Transaction,
  type Transactions,
} from './transactions.ts';

export { createAbortController, type AbortSignal, type AbortSignalLike } from './time/abort.ts';
export { sleep, type Clock, type Timer } from './time/clock.ts';
export {
  DAY_MS,
  HOUR_MS,
  InvalidInstantError,
  MINUTE_MS,
  SECOND_MS,
  instant,
  iso,
  later,
  type Instant,
  type InstantLike,
} from './time/instant.ts';
export {
  InvalidScheduleError,
  isTick,
  latestTick,
  type Schedule,
  type ScheduleSpec,
  type Schedules,
} from './time/schedule.ts';

export type { Change, DomainEvent, LivesRefilled } from './events/domain-event.ts';
export type { Outbox, StoredEvent } from './events/outbox.ts';

export { planCatchUp, type CatchUpPlan, type Skips } from './jobs/catch-up.ts';
export {
  defineJob,
  type Batch,
  type BatchResult,
  type JobDefinition,
  type JobOptions,
  type MissedTicks,
  type RetryPolicy,
} from './jobs/job-definition.ts';
export {
  FutureTickError,
  JobEngine,
  NotATickError,
  UnknownJobError,
  type ScheduledJob,
} from './jobs/job-engine.ts';
export type { TickOutcome } from './jobs/job-lane.ts';
export {
  LeaseLostError,
  type Claim,
  type ClaimOutcome,
  type JobLedger,
  type JobRecord,
  type Progress,
  type Run,
  type RunStatus,
  type SkipReason,
} from './jobs/job-ledger.ts';
export { JobRunner, type EnginePorts } from './jobs/job-runner.ts';
export { runLog } from './jobs/run-log.ts';
export { observers, type AttemptEnd, type AttemptReport, type RunObserver } from './jobs/run-observer.ts';
export type { Scheduler, Wakeup } from './jobs/scheduler.ts';

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
export type {
  LivesRepository,
  RegenerateDue,
  RegenerateDueResult,
} from './lives/lives-repository.ts';
export { defaultLivesRules, livesRules, type LivesRules } from './lives/lives-rules.ts';
export { PlayerLives, type PlayerLivesPorts } from './lives/player-lives.ts';

export { judgeJob, type JobHealth, type Verdict } from './health/job-health.ts';

export type { HostModule } from './wiring/host-module.ts';
export { provide, token, type Binding, type Resolved, type Token } from './wiring/token.ts';
export { tokens } from './wiring/tokens.ts';
