import { durationBucketsMs } from '../jobs/duration-buckets.ts';
import type { SkipReason } from '../jobs/run.ts';
import type { AttemptEnd, AttemptReport, CommittedBatch, RunObserver } from '../jobs/run-observer.ts';
import type { Instant } from '../time/instant.ts';

/** What a host has done for a job since the host was created, in this process. Every number only grows. */
export interface JobCounters {
  readonly job: string;
  /** Ended attempts, by outcome. */
  readonly runs: Readonly<Record<AttemptEnd, number>>;
  /** The durations of those attempts. */
  readonly durations: {
    readonly count: number;
    /** Milliseconds. */
    readonly sumMs: number;
    /** The number of attempts per bucket of core's `durationBucketsMs`; not cumulative. */
    readonly buckets: readonly number[];
  };
  readonly batches: number;
  /** Batches that threw and were retried. */
  readonly retries: number;
  /** How long runs paused between batches, because a throttle said so. Milliseconds. */
  readonly throttledMs: number;
  /** Items changed by committed batches. */
  readonly processed: number;
  /** Items that failed alone. */
  readonly failedItems: number;
  /** Ticks recorded as skipped, by reason. */
  readonly skipped: Readonly<Record<SkipReason, number>>;
}

/** Counts what a host does. Always active; costs a few additions per run. */
export class RunCounters implements RunObserver {
  readonly #jobs = new Map<string, MutableCounters>();

  /** Returns the counters of the given jobs, in their order. */
  of(jobs: readonly string[]): readonly JobCounters[] {
    return jobs.map((job) => copyOf(this.#of(job)));
  }

  batchCommitted({ job }: { readonly job: string }, { processed }: CommittedBatch): void {
    const tally = this.#of(job);
    tally.batches += 1;
    tally.processed += processed;
  }

  batchRetried({ job }: { readonly job: string }): void {
    this.#of(job).retries += 1;
  }

  runThrottled({ job }: { readonly job: string }, { pauseMs }: { readonly pauseMs: number }): void {
    this.#of(job).throttledMs += pauseMs;
  }

  itemFailed({ job }: { readonly job: string }): void {
    this.#of(job).failedItems += 1;
  }

  runEnded({ job, end, durationMs }: AttemptReport): void {
    const { runs, durations } = this.#of(job);
    runs[end] += 1;
    durations.count += 1;
    durations.sumMs += durationMs;
    const bucket = durationBucketsMs.findIndex((upTo) => durationMs <= upTo);
    if (bucket >= 0) durations.buckets[bucket]! += 1;
  }

  ticksSkipped(job: string, ticks: readonly Instant[], reason: SkipReason): void {
    this.#of(job).skipped[reason] += ticks.length;
  }

  #of(job: string): MutableCounters {
    const known = this.#jobs.get(job);
    if (known) return known;
    const fresh = zeroCounters(job);
    this.#jobs.set(job, fresh);
    return fresh;
  }
}

type MutableCounters = ReturnType<typeof zeroCounters>;

function zeroCounters(job: string) {
  return {
    job,
    runs: { succeeded: 0, failed: 0, released: 0, lost: 0, divided: 0 } satisfies JobCounters['runs'],
    durations: { count: 0, sumMs: 0, buckets: durationBucketsMs.map(() => 0) },
    batches: 0,
    retries: 0,
    throttledMs: 0,
    processed: 0,
    failedItems: 0,
    skipped: { superseded: 0, 'too-old': 0, missed: 0 } satisfies JobCounters['skipped'],
  };
}

function copyOf({ runs, durations, skipped, ...counts }: MutableCounters): JobCounters {
  return {
    ...counts,
    runs: { ...runs },
    durations: { ...durations, buckets: [...durations.buckets] },
    skipped: { ...skipped },
  };
}
