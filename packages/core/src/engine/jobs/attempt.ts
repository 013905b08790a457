import { hasCode } from '../common/errors.ts';
import type { Json } from '../common/json.ts';
import { createAbortController, type AbortSignal } from '../time/abort.ts';
import type { Clock, Timer } from '../time/clock.ts';
import { addMs } from '../time/instant.ts';
import { firstBatchSize } from './batch-size.ts';
import type { JobDefinition } from './job-definition.ts';
import { COMPLETED_CHECKPOINT, type Claim, type RunLedger } from './run-ledger.ts';
import { Lease } from './lease.ts';
import { RunTimeoutError } from './run-timeout-error.ts';

/** For how long a batch may go on after its signal has aborted. Then nobody waits for it; the fence keeps it out. */
const GRACE_MS = 10_000;

/** Where an attempt stands between two batches. */
export interface Position {
  readonly checkpoint: Json;
  readonly processed: number;
  /** Items that have failed in this run. */
  readonly skip: readonly string[];
  /** What the last of them failed with in this attempt. */
  readonly lastFailure: string | null;
  readonly batches: number;
  readonly limit: number;
  readonly complete: boolean;
}

/** One attempt at a run: its claim is kept alive until it ends, and its signal aborts when it must not go on. */
export class Attempt {
  readonly job: JobDefinition;
  readonly claim: Claim;
  /** What is committed. */
  position: Position;
  /** How often in a row a failed batch was taken apart without finding an item that fails. */
  failedIsolations = 0;
  readonly #clock: Clock;
  readonly #ending = createAbortController();
  readonly #lease: Lease;
  #limit: Timer | undefined;

  constructor(
    job: JobDefinition,
    claim: Claim,
    ports: { readonly ledger: RunLedger; readonly clock: Clock; readonly leaseMs: number },
  ) {
    const { ledger, clock, leaseMs } = ports;
    this.job = job;
    this.claim = claim;
    this.position = {
      checkpoint: claim.checkpoint,
      processed: claim.processed,
      skip: [],
      lastFailure: null,
      batches: 0,
      limit: firstBatchSize(job.maxBatchSize),
      complete: claim.checkpoint === COMPLETED_CHECKPOINT,
    };
    this.#clock = clock;
    const onLost = (error: Error): void => this.#ending.abort(error);
    this.#lease = new Lease({ ledger, clock, claim, leaseMs, onLost });
    this.#countDown(job.timeoutMs, Math.max(1, Math.floor(leaseMs / 3)));
  }

  /** Aborts when the lease is lost or the time limit is over, with the error that says so. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Ends what keeps it alive. The lease itself is given back through the ledger. */
  stop(): void {
    this.#lease.stop();
    this.#limit?.cancel();
  }

  /**
   * Waits for work that should heed the signal, and for a while longer once it has aborted.
   *
   * @throws what the work throws; the signal's reason once it has aborted, also when the work does not come to an end
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
   * Aborts when the time limit is over. Counted in steps, so that the time in which the whole process stood still is
   * not held against the attempt: whether it may go on after that, its lease decides.
   */
  #countDown(remainingMs: number, stepMs: number): void {
    const step = Math.min(remainingMs, stepMs);
    this.#limit = this.#clock.setTimer(addMs(this.#clock.now(), step), () => {
      if (remainingMs > step) this.#countDown(remainingMs - step, stepMs);
      else this.#ending.abort(new RunTimeoutError(this.claim, this.job.timeoutMs));
    });
  }

  /** Rejects when the signal aborted a while ago. */
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
    else signal.addEventListener('abort', begin, { once: true });
    const stop = (): void => {
      timer?.cancel();
      signal.removeEventListener('abort', begin);
    };
    return { over, stop };
  }
}
