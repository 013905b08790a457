import type { Clock } from '../time/clock.ts';
import type { Transactions } from '../transactions/transactions.ts';
import type { FailedItems } from './failed-items.ts';
import type { JobLedger } from './job-ledger.ts';
import type { RunObserver } from './run-observer.ts';

/** What the engine's parts work with. */
export interface EnginePorts {
  readonly ledger: JobLedger;
  readonly failedItems: FailedItems;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly observer: Required<RunObserver>;
  /** Numbers in [0, 1) that spread retries. */
  readonly random: () => number;
  /** How long an attempt may stay silent before another instance takes over. Milliseconds. */
  readonly leaseMs: number;
}
