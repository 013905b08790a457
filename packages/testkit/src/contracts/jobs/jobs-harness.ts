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

/** What the suites of the ledger, the registry, the log of verdicts and the store's clock test with: all on one store. */
export interface JobsHarness {
  readonly transactions: Transactions;
  readonly ledger: RunLedger;
  readonly jobRegistry: JobRegistry;
  readonly verdictLog: VerdictLog;
  readonly storeTime: StoreTime;
  /**
   * Moves the store's own clock, by which ticks come and leases end; with a negative number it is put back. It must
   * stand still otherwise, and stand at 2026-11-24T00:00:00Z or later.
   */
  readonly passTime: (ms: number) => Promise<void>;
}

/** Before the clocks of all harnesses, like the two after it. */
export const first: Instant = instant('2026-11-23T00:00:00Z');
export const second: Instant = addMs(first, 3_600_000);
export const third: Instant = addMs(second, 3_600_000);

/** How long the leases of the suites are. Milliseconds. */
export const leaseMs = 15_000;

/** A request for the first tick of the job that {@link registered} makes known. */
export const asked: Parameters<RunLedger['claim']>[0] = {
  job: 'sweep',
  tick: first,
  instanceId: 'one',
  leaseMs,
};

/** The progress of a run that had nothing to do. */
export const nothing: Progress = { checkpoint: null, processed: 0 };

/** A store that knows one job, which has a tick every hour from {@link first} on. */
export async function registered(create: ContractOptions<JobsHarness>['create']): Promise<JobsHarness> {
  const harness = await create();
  await harness.jobRegistry.register(hourlyJobs('sweep'), first);
  return harness;
}

/** Claims a run, and returns the claim. */
export async function claimed(
  ledger: RunLedger,
  change: Partial<Parameters<RunLedger['claim']>[0]> = {},
): Promise<Claim> {
  const outcome: ClaimOutcome = await ledger.claim({ ...asked, ...change });
  if (outcome.kind === 'claimed') return outcome.claim;
  throw new Error(`expected a claim, got ${JSON.stringify(outcome)}`);
}
