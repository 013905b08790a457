export {
  postgresAdapters,
  postgresTransaction,
  watchPool,
  type PostgresOptions,
} from '@gamekeeper/adapters-postgres';
export type { GamekeeperConfig } from '@gamekeeper/cli';
export {
  consoleLogger,
  createJobHost,
  type JobHost,
  type JobHostOptions,
  type CustomJob,
  type JobOverrides,
} from '@gamekeeper/composition';
export {
  healthHandler,
  nodeListener,
  problemOf,
  problemOfRefusal,
  problemResponse,
  serveHealth,
} from '@gamekeeper/http';
export {
  GamekeeperError,
  InProcessEventBus,
  InvalidOptionError,
  awardId,
  byType,
  deduplicate,
  defineJob,
  eventBus,
  hasCode,
  instant,
  isGamekeeperError,
  iso,
  sessionId,
  silentLogger,
  userId,
  type Alert,
  type AlertChannel,
  type AwardId,
  type AwardResult,
  type Batch,
  type BatchProgress,
  type CompleteQuizResult,
  type DomainEvent,
  type EventHandler,
  type EventHandlers,
  type GameEvent,
  type Instant,
  type InstantLike,
  type JobDefinition,
  type JobOptions,
  type Logger,
  type SessionId,
  type StartQuizResult,
  type Transaction,
  type UserId,
  type WithDates,
} from '@gamekeeper/core';
export type { HostModule } from '@gamekeeper/core/ports';
export { cronerScheduler } from '@gamekeeper/scheduler-croner';
export { defineConfig } from './define-config.ts';
