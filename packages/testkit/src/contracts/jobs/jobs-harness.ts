import { instant, addMs, type Claim, type Instant, type Transactions } from '@gamekeeper/core';
import type {
  ClaimOutcome,
  JobRegistry,
  Progress,
  RunLedger,
  StoreTime,
  VerdictLog,
} from '@gamekeeper/core/ports';
import type { ContractOptions } from '../contract.ts';
import { hourlyJobs } from './hourly-jobs.ts';

/**
 * What the contracts of the ledger, the registry, the verdict log and the store's clock run against: all on one store.
 */
export interface JobsHarness {
  readonly transactions: Transactions;
  readonly ledger: RunLedger;
  readonly jobRegistry: JobRegistry;
  readonly verdictLog: VerdictLog;
  readonly storeTime: StoreTime;
  /**
   * Moves the store's own clock, which determines due ticks and leases; a negative number moves it back. Otherwise it
   * must stand still, at 2026-11-24T00:00:00Z or later.
   */
  readonly passTime: (ms: number) => Promise<void>;
}

/** Earlier than the clock of every harness, as are the next two instants. */
export const first: Instant = instant('2026-11-23T00:00:00Z');
export const second: Instant = addMs(first, 3_600_000);
export const third: Instant = addMs(second, 3_600_000);

/** The lease of the contracts. Milliseconds. */
export const leaseMs = 15_000;

/** A request for the first tick of the job that {@link registered} registers. */
export const asked: Parameters<RunLedger['claim']>[0] = {
  job: 'sweep',
  tick: first,
  instanceId: 'one',
  leaseMs,
};

/** The progress of a run without work. */
export const nothing: Progress = { checkpoint: null, processed: 0 };

/** Returns a store with one registered job, which has a tick every hour from {@link first} on. */
export async function registered<Harness extends JobsHarness>(
  create: ContractOptions<Harness>['create'],
): Promise<Harness> {
  const harness = await create();
  await harness.jobRegistry.register(hourlyJobs('sweep'), first);
  return harness;
}

/** Claims a run and returns the claim. */
export async function claimed(
  ledger: RunLedger,
  change: Partial<Parameters<RunLedger['claim']>[0]> = {},
): Promise<Claim> {
  const outcome: ClaimOutcome = await ledger.claim({ ...asked, ...change });
  if (outcome.kind === 'claimed') return outcome.claim;
  throw new Error(`expected a claim, got ${JSON.stringify(outcome)}`);
}
