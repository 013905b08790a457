import type { Instant } from '../time/instant.ts';
import type { CheckHealth } from '../health/check.ts';
import type { JobHealth } from '../health/job-health.ts';
import type { Claim } from './run-ledger.ts';
import type { RunStatus, SkipReason } from './run.ts';
import type { ShardClaim } from './shard-ledger.ts';
import type { VerdictRecord } from '../health/verdict-log.ts';

/**
 * How an attempt at a run ended. After `released` and `lost`, another attempt continues the run; after `divided`, attempts
 * at its shards do, and the one that ends the last shard also ends the run.
 */
export type AttemptEnd = Extract<RunStatus, 'succeeded' | 'failed'> | 'released' | 'lost' | 'divided';

/** An attempt that ended. */
export interface AttemptReport {
  readonly job: string;
  readonly tick: Instant;
  readonly fence: number;
  readonly end: AttemptEnd;
  /** Items of the whole run, including earlier attempts. */
  readonly processed: number;
  /** Items of the whole run that are recorded as failed. */
  readonly failedItems: number;
  /** Batches that this attempt committed. */
  readonly batches: number;
  readonly durationMs: number;
  readonly error?: unknown;
}

/** An attempt at a shard of a run that ended. */
export interface ShardReport {
  readonly claim: ShardClaim;
  readonly end: Exclude<AttemptEnd, 'divided'>;
  /** Items of the shard, including earlier attempts. */
  readonly processed: number;
  /** Items of the shard that are recorded as failed. */
  readonly failedItems: number;
  /** Batches that this attempt committed. */
  readonly batches: number;
  readonly durationMs: number;
  readonly error?: unknown;
}

/** A committed batch. */
export interface CommittedBatch {
  /** Items that it changed. */
  readonly processed: number;
  readonly durationMs: number;
}

/**
 * Receives everything that the engine does, for logs, metrics and traces. All methods are optional, are called in
 * order, must not throw and must not block.
 */
export interface RunObserver {
  /**
   * Wraps an attempt, including `runStarted` and `runEnded` (for example in a trace context). Must call `run` exactly
   * once, synchronously, and return its result or rethrow its error.
   */
  aroundRun?(claim: Claim, run: () => Promise<AttemptReport>): Promise<AttemptReport>;
  /**
   * Wraps a batch in the same way; `batch` rejects with the error that rolled it back. The claim is the same object as
   * in `aroundRun`, or in `shardStarted`.
   */
  aroundBatch?<Batch extends CommittedBatch>(claim: Claim, batch: () => Promise<Batch>): Promise<Batch>;
  runStarted?(claim: Claim): void;
  /** An attempt at a shard begins; its batches have the same claim. */
  shardStarted?(claim: ShardClaim): void;
  shardEnded?(report: ShardReport): void;
  batchCommitted?(claim: Claim, batch: CommittedBatch): void;
  /** The run pauses after a batch, because its {@link Throttle} says so. */
  runThrottled?(claim: Claim, throttled: { readonly pauseMs: number }): void;
  /** A batch threw and is retried after `delayMs`. */
  batchRetried?(
    claim: Claim,
    retry: { readonly error: unknown; readonly attempt: number; readonly delayMs: number },
  ): void;
  /** An item failed alone; the run continues without it. */
  itemFailed?(claim: Claim, failure: { readonly item: string; readonly error: unknown }): void;
  runEnded?(report: AttemptReport): void;
  ticksSkipped?(job: string, ticks: readonly Instant[], reason: SkipReason): void;
  /** The verdict on a job changed; `before` is `null` for its first verdict. */
  verdictChanged?(health: JobHealth, before: VerdictRecord | null): void;
  /** The verdict on a check changed; `before` is `null` for its first verdict. */
  checkChanged?(health: CheckHealth, before: VerdictRecord | null): void;
  /**
   * The engine itself could not run a job, for example because the database is unavailable; it retries in `delayMs`.
   */
  engineFailed?(job: string, error: unknown, delayMs: number): void;
  /** The engine can run a blocked job again. */
  engineRecovered?(job: string): void;
  /**
   * The engine could not send or receive work by its courier, or not read what is due; the bell tries again. Called
   * each time.
   */
  courierFailed?(error: unknown): void;
  /** The engine has sent work again, after a failure. */
  courierRecovered?(): void;
}

/** Returns an observer that calls several observers in order; the first wraps the others. */
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
    shardStarted: (...event) => all.forEach((one) => one.shardStarted?.(...event)),
    shardEnded: (...event) => all.forEach((one) => one.shardEnded?.(...event)),
    batchCommitted: (...event) => all.forEach((one) => one.batchCommitted?.(...event)),
    runThrottled: (...event) => all.forEach((one) => one.runThrottled?.(...event)),
    batchRetried: (...event) => all.forEach((one) => one.batchRetried?.(...event)),
    itemFailed: (...event) => all.forEach((one) => one.itemFailed?.(...event)),
    runEnded: (...event) => all.forEach((one) => one.runEnded?.(...event)),
    ticksSkipped: (...event) => all.forEach((one) => one.ticksSkipped?.(...event)),
    verdictChanged: (...event) => all.forEach((one) => one.verdictChanged?.(...event)),
    checkChanged: (...event) => all.forEach((one) => one.checkChanged?.(...event)),
    engineFailed: (...event) => all.forEach((one) => one.engineFailed?.(...event)),
    engineRecovered: (...event) => all.forEach((one) => one.engineRecovered?.(...event)),
    courierFailed: (...event) => all.forEach((one) => one.courierFailed?.(...event)),
    courierRecovered: () => all.forEach((one) => one.courierRecovered?.()),
  };
}
