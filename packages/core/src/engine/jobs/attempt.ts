import { hasCode } from '../common/errors.ts';
import type { Json } from '../common/json.ts';
import { createAbortController, type AbortSignal } from '../time/abort.ts';
import type { Clock, Timer } from '../time/clock.ts';
import { addMs } from '../time/instant.ts';
import { firstBatchSize } from './batch-size.ts';
import type { JobDefinition } from './job-definition.ts';
import { COMPLETED_CHECKPOINT, FINISHING_CHECKPOINT, type Claim, type RunLedger } from './run-ledger.ts';
import { Lease } from './lease.ts';
import { RunTimeoutError } from './run-timeout-error.ts';

/**
 * How long a batch may continue after its signal has aborted. After that, the attempt no longer waits for it, and the
 * fence rejects its commit.
 */
const GRACE_MS = 10_000;

/** The state of an attempt between two batches. */
export interface Position {
  readonly checkpoint: Json;
  readonly processed: number;
  /** Items that failed in this run. */
  readonly skip: readonly string[];
  /** How many of them are items of other shards. */
  readonly othersFailed: number;
  /** The newest error of a failed item in this attempt. */
  readonly lastFailure: string | null;
  readonly batches: number;
  readonly limit: number;
  readonly complete: boolean;
  /** Whether its last batch has ended the run. */
  readonly ended: boolean;
}

/** Returns how many items of an attempt's own are recorded as failed. */
export function failedCount({ skip, othersFailed }: Pick<Position, 'skip' | 'othersFailed'>): number {
  return skip.length - othersFailed;
}

/** One attempt at a run or a shard. Its claim is renewed until it ends; its signal aborts when it must stop. */
export class Attempt {
  readonly job: JobDefinition;
  readonly claim: Claim;
  /** The committed state. */
  position: Position;
  /** Consecutive failed batches for which isolation found no failing item. */
  failedIsolations = 0;
  /** How long the attempt has paused between batches. Milliseconds. */
  pausedMs = 0;
  readonly #clock: Clock;
  readonly #ending = createAbortController();
  readonly #lease: Lease;
  #limit: Timer | undefined;

  constructor(
    job: JobDefinition,
    claim: Claim,
    ports: { readonly ledger: Pick<RunLedger, 'renew'>; readonly clock: Clock; readonly leaseMs: number },
  ) {
    const { ledger, clock, leaseMs } = ports;
    this.job = job;
    this.claim = claim;
    this.position = {
      checkpoint: claim.checkpoint,
      processed: claim.processed,
      skip: [],
      othersFailed: 0,
      lastFailure: null,
      batches: 0,
      limit: firstBatchSize(job.maxBatchSize),
      complete: claim.checkpoint === COMPLETED_CHECKPOINT || claim.checkpoint === FINISHING_CHECKPOINT,
      ended: false,
    };
    this.#clock = clock;
    const onLost = (error: Error): void => this.#ending.abort(error);
    this.#lease = new Lease({ ledger, clock, claim, leaseMs, onLost });
    this.#countDown(job.timeoutMs, Math.max(1, Math.floor(leaseMs / 3)));
  }

  /** Aborts when the lease is lost or the attempt times out; the reason is the corresponding error. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Stops the renewals and the timeout. The lease itself is released through the ledger. */
  stop(): void {
    this.#lease.stop();
    this.#limit?.cancel();
  }

  /**
   * Waits for work that should respect the signal; after an abort, only for a limited time.
   *
   * @throws what the work throws; the signal's reason once it has aborted, even if the work never ends
   */
  async waitFor<Result>(work: Promise<Result>): Promise<Result> {
    const { signal } = this;
    const patience = this.#patience();
    try {
      return await Promise.race([work, patience.over]);
    } catch (error) {
      throw signal.aborted && !hasCode(error, 'STORE_UNAVAILABLE') ? signal.reason : error;
    } finally {
      patience.stop();
    }
  }

  /**
   * Aborts at the timeout. Counts in steps, so that time in which the whole process was suspended does not count;
   * after a suspension, the lease decides whether the attempt may continue.
   */
  #countDown(remainingMs: number, stepMs: number): void {
    const step = Math.min(remainingMs, stepMs);
    this.#limit = this.#clock.setTimer(addMs(this.#clock.now(), step), () => {
      if (remainingMs > step) this.#countDown(remainingMs - step, stepMs);
      else this.#ending.abort(new RunTimeoutError(this.claim, this.job.timeoutMs));
    });
  }

  /** Rejects some time after the signal has aborted. */
  #patience(): { readonly over: Promise<never>; readonly stop: () => void } {
    const { signal } = this;
    let timer: Timer | undefined;
    let begin = (): void => undefined;
    const over = new Promise<never>((_resolve, reject) => {
      begin = () => {
        timer = this.#clock.setTimer(addMs(this.#clock.now(), GRACE_MS), () => reject(signal.reason));
      };
    });
    if (signal.aborted) begin();
    else signal.addEventListener('abort', begin);
    const stop = (): void => {
      timer?.cancel();
      signal.removeEventListener('abort', begin);
    };
    return { over, stop };
  }
}
