import type { Instant } from '../time/instant.ts';
import type { CheckHealth } from '../health/check.ts';
import type { JobHealth } from '../health/job-health.ts';
import type { Claim } from './run-ledger.ts';
import type { RunStatus, SkipReason } from './run.ts';
import type { VerdictRecord } from '../health/verdict-log.ts';

/** How an attempt at a run ended. `released` and `lost` leave the run to another attempt. */
export type AttemptEnd = Extract<RunStatus, 'succeeded' | 'failed'> | 'released' | 'lost';

/** An attempt that ended. */
export interface AttemptReport {
  readonly job: string;
  readonly tick: Instant;
  readonly fence: number;
  readonly end: AttemptEnd;
  /** Items of the whole run, earlier attempts included. */
  readonly processed: number;
  /** Items of the whole run that are recorded as failed. */
  readonly failedItems: number;
  /** Batches that this attempt committed. */
  readonly batches: number;
  readonly durationMs: number;
  readonly error?: unknown;
}

/** A batch that was committed. */
export interface CommittedBatch {
  /** Items that it changed. */
  readonly processed: number;
  readonly durationMs: number;
}

/**
 * What wants to know of everything the engine does: logs, metrics, traces. All methods are optional, are called in
 * order, must not throw and must not wait.
 */
export interface RunObserver {
  /**
   * Has an attempt done inside, `runStarted` and `runEnded` included: for what must be in force meanwhile, such as the
   * context of a trace. Must call `run` once, at once, and answer or throw what it does.
   */
  aroundRun?(claim: Claim, run: () => Promise<AttemptReport>): Promise<AttemptReport>;
  /** Has a batch done inside, in the same way; `batch` throws what undid it. The claim is the object of `aroundRun`. */
  aroundBatch?<Batch extends CommittedBatch>(claim: Claim, batch: () => Promise<Batch>): Promise<Batch>;
  runStarted?(claim: Claim): void;
  batchCommitted?(claim: Claim, batch: CommittedBatch): void;
  /** A batch threw and is tried again after `delayMs`. */
  batchRetried?(
    claim: Claim,
    retry: { readonly error: unknown; readonly attempt: number; readonly delayMs: number },
  ): void;
  /** An item failed alone; the run goes on without it. */
  itemFailed?(claim: Claim, failure: { readonly item: string; readonly error: unknown }): void;
  runEnded?(report: AttemptReport): void;
  ticksSkipped?(job: string, ticks: readonly Instant[], reason: SkipReason): void;
  /** A job is judged otherwise than before; `before` is `null` for the first time. */
  verdictChanged?(health: JobHealth, before: VerdictRecord | null): void;
  /** A check is judged otherwise than before; `before` is `null` for the first time. */
  checkChanged?(health: CheckHealth, before: VerdictRecord | null): void;
  /** The engine itself could not go on with a job, for instance without its database; it tries again in `delayMs`. */
  engineFailed?(job: string, error: unknown, delayMs: number): void;
  /** A job goes on that the engine could not go on with. */
  engineRecovered?(job: string): void;
}

/** Tells several observers of everything, in their order; the first goes around the others. */
export function combineObservers(all: readonly RunObserver[]): Required<RunObserver> {
  return {
    aroundRun: all.reduceRight<Required<RunObserver>['aroundRun']>(
      (inner, one) =>
        one.aroundRun ? (claim, run) => one.aroundRun!(claim, () => inner(claim, run)) : inner,
      (_claim, run) => run(),
    ),
    aroundBatch: all.reduceRight<Required<RunObserver>['aroundBatch']>(
      (inner, one) =>
        one.aroundBatch ? (claim, batch) => one.aroundBatch!(claim, () => inner(claim, batch)) : inner,
      (_claim, batch) => batch(),
    ),
    runStarted: (...event) => all.forEach((one) => one.runStarted?.(...event)),
    batchCommitted: (...event) => all.forEach((one) => one.batchCommitted?.(...event)),
    batchRetried: (...event) => all.forEach((one) => one.batchRetried?.(...event)),
    itemFailed: (...event) => all.forEach((one) => one.itemFailed?.(...event)),
    runEnded: (...event) => all.forEach((one) => one.runEnded?.(...event)),
    ticksSkipped: (...event) => all.forEach((one) => one.ticksSkipped?.(...event)),
    verdictChanged: (...event) => all.forEach((one) => one.verdictChanged?.(...event)),
    checkChanged: (...event) => all.forEach((one) => one.checkChanged?.(...event)),
    engineFailed: (...event) => all.forEach((one) => one.engineFailed?.(...event)),
    engineRecovered: (...event) => all.forEach((one) => one.engineRecovered?.(...event)),
  };
}
