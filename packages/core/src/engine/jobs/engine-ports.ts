import type { Clock } from '../time/clock.ts';
import type { StoreTime } from '../time/store-time.ts';
import type { Transactions } from '../transactions/transactions.ts';
import type { FailedItems } from './failed-items.ts';
import type { JobRegistry } from './job-registry.ts';
import type { RunLedger } from './run-ledger.ts';
import type { RunObserver } from './run-observer.ts';
import type { RunOverview } from './run-overview.ts';
import type { ShardLedger } from './shard-ledger.ts';
import type { ShardSender } from './shard-sender.ts';
import type { Throttle } from './throttle.ts';

/** The collaborators of the engine's parts. */
export interface EnginePorts {
  readonly ledger: RunLedger;
  readonly jobRegistry: JobRegistry;
  readonly storeTime: StoreTime;
  /** If omitted, runs are not divided. */
  readonly shardLedger?: ShardLedger;
  /** Needed if a shared courier carries the work. */
  readonly runOverview?: Pick<RunOverview, 'active'>;
  /** If omitted, an instance works on the shards of a run itself, and others join it. */
  readonly shardSender?: ShardSender;
  readonly failedItems: FailedItems;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly observer: Required<RunObserver>;
  /** If omitted, runs do not pause between batches. */
  readonly throttle?: Throttle;
  /** Numbers in [0, 1) that spread retries. */
  readonly random: () => number;
  /** How long an attempt may go without renewing its lease before another instance takes over. Milliseconds. */
  readonly leaseMs: number;
  /** How many shards of one run this instance works on at once. Default 1. */
  readonly shardConcurrency?: number;
}
