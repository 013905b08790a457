import type { EventBus } from '../events/event-bus.ts';
import type { OutboxPartitions } from '../events/outbox-partitions.ts';
import type { Outbox } from '../events/outbox.ts';
import type { AlertLog } from '../health/alert-log.ts';
import type { Outages } from '../health/outages.ts';
import type { SkewedInstances } from '../health/skewed-instances.ts';
import type { FailedItems } from '../jobs/failed-items.ts';
import type { VerdictLog } from '../health/verdict-log.ts';
import type { JobRegistry } from '../jobs/job-registry.ts';
import type { Courier } from '../jobs/courier.ts';
import type { RunLog } from '../jobs/run-log.ts';
import type { RunLedger } from '../jobs/run-ledger.ts';
import type { RunOverview } from '../jobs/run-overview.ts';
import type { ActionLog } from '../operators/action-log.ts';
import type { Scheduler } from '../jobs/scheduler.ts';
import type { ShardLedger } from '../jobs/shard-ledger.ts';
import type { Throttle } from '../jobs/throttle.ts';
import type { Logger } from '../common/logger.ts';
import type { RuleHistory } from '../rules/rule-history.ts';
import type { Clock } from '../time/clock.ts';
import type { ScheduleParser } from '../time/schedule.ts';
import type { PinnableTime } from '../time/pinnable-time.ts';
import type { StoreTime } from '../time/store-time.ts';
import type { DryRuns, Transactions } from '../transactions/transactions.ts';
import { token, type Token } from './token.ts';

/** The tokens of the engine's ports. A host's modules together must bind all of them. */
export const engineTokens: {
  readonly clock: Token<Clock>;
  readonly logger: Token<Logger>;
  readonly scheduleParser: Token<ScheduleParser>;
  readonly scheduler: Token<Scheduler>;
  readonly transactions: Token<Transactions>;
  readonly dryRuns: Token<DryRuns>;
  readonly ledger: Token<RunLedger>;
  readonly runOverview: Token<RunOverview>;
  readonly jobRegistry: Token<JobRegistry>;
  readonly verdictLog: Token<VerdictLog>;
  readonly storeTime: Token<StoreTime>;
  readonly ruleHistory: Token<RuleHistory>;
  readonly alertLog: Token<AlertLog>;
  readonly skewedInstances: Token<SkewedInstances>;
  readonly failedItems: Token<FailedItems>;
  readonly actionLog: Token<ActionLog>;
  readonly outbox: Token<Outbox>;
  readonly outboxPartitions: Token<OutboxPartitions>;
} = {
  clock: token('Clock'),
  logger: token('Logger'),
  scheduleParser: token('ScheduleParser'),
  scheduler: token('Scheduler'),
  transactions: token('Transactions'),
  dryRuns: token('DryRuns'),
  ledger: token('RunLedger'),
  runOverview: token('RunOverview'),
  jobRegistry: token('JobRegistry'),
  verdictLog: token('VerdictLog'),
  storeTime: token('StoreTime'),
  ruleHistory: token('RuleHistory'),
  alertLog: token('AlertLog'),
  skewedInstances: token('SkewedInstances'),
  failedItems: token('FailedItems'),
  actionLog: token('ActionLog'),
  outbox: token('Outbox'),
  outboxPartitions: token('OutboxPartitions'),
};

/** The tokens that a host may leave unbound. */
export const optionalTokens: {
  /** Where events are delivered. If unbound, they stay in the outbox. */
  readonly eventBus: Token<EventBus>;
  /** How long runs pause between batches. If unbound, an `AdaptiveThrottle` decides. */
  readonly throttle: Token<Throttle>;
  /** Where runs are divided into shards, in the store of the run ledger. If unbound, runs are not divided. */
  readonly shardLedger: Token<ShardLedger>;
  /** Carries runs and shards to the hosts. If unbound, an `InProcessCourier` does. */
  readonly courier: Token<Courier>;
  /** Stops the store's clock. Bound only by stores that were opened for tests. */
  readonly pinnableTime: Token<PinnableTime>;
} = {
  eventBus: token('EventBus'),
  throttle: token('Throttle'),
  shardLedger: token('ShardLedger'),
  courier: token('Courier'),
  pinnableTime: token('PinnableTime'),
};

/** The tokens that every host binds itself, for modules to depend on. */
export const hostTokens: {
  /** The current outages of optional dependencies. */
  readonly outages: Token<Outages>;
  /** The newest log lines about runs of this process. */
  readonly runLog: Token<RunLog>;
} = {
  outages: token('Outages'),
  runLog: token('RunLog'),
};
