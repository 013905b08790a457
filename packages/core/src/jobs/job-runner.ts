import { hasCode } from '../errors.ts';
import { sleep, type Clock } from '../time/clock.ts';
import type { AbortSignalLike } from '../time/abort.ts';
import type { Transaction, Transactions } from '../transactions.ts';
import { backoffMs } from './backoff.ts';
import { firstBatchSize, nextBatchSize } from './batch-size.ts';
import type { BatchResult, JobDefinition } from './job-definition.ts';
import type { Claim, JobLedger, Progress } from './job-ledger.ts';
import { Lease } from './lease.ts';
import { message } from './run-log.ts';
import type { AttemptEnd, AttemptReport, RunObserver } from './run-observer.ts';

/** What the engine's parts work with. */
export interface EnginePorts {
  readonly ledger: JobLedger;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly observer: Required<RunObserver>;
  /** Numbers in [0, 1) that spread retries. */
  readonly random: () => number;
  /** How long an attempt may stay silent before another instance takes over. Milliseconds. */
  readonly leaseMs: number;
}

/** Where an attempt stands between two batches. */
interface Position extends Progress {
  readonly batches: number;
  readonly limit: number;
  readonly complete: boolean;
}

/** Works one claimed run off, batch by batch. */
export class JobRunner {
  readonly #ports: EnginePorts;

  constructor(ports: EnginePorts) {
    this.#ports = ports;
  }

  /**
   * Runs batches until the run is complete, has failed, was lost, or `stopping` asks to give it back.
   *
   * @throws {StoreUnavailableError} when the store went away; the run is then taken over when its lease has ended
   */
  async execute(job: JobDefinition, claim: Claim, stopping: AbortSignalLike): Promise<AttemptReport> {
    const { ledger, clock, observer, leaseMs } = this.#ports;
    const startedAt = clock.now();
    const lease = new Lease({ ledger, clock, claim, leaseMs });
    let position: Position = {
      checkpoint: claim.checkpoint,
      processed: claim.processed,
      batches: 0,
      limit: firstBatchSize(job.maxBatch),
      complete: false,
    };
    observer.runStarted(claim);
    try {
      while (!position.complete) {
        const next = stopping.aborted ? null : await this.#tryBatch(job, claim, position, lease, stopping);
        if (next === null) {
          // A run that cannot be given back has not failed: another attempt goes on when the lease ends.
          await ledger.release(claim).catch(() => undefined);
          return end('released');
        }
        position = next;
      }
      return end('succeeded');
    } catch (error) {
      if (hasCode(error, 'STORE_UNAVAILABLE')) throw error;
      if (hasCode(error, 'LEASE_LOST')) return end('lost', error);
      await ledger.fail(claim, message(error));
      return end('failed', error);
    } finally {
      lease.stop();
    }

    function end(how: AttemptEnd, error?: unknown): AttemptReport {
      const { processed, batches } = position;
      const durationMs = clock.now() - startedAt;
      const { tick, fence } = claim;
      const report = { job: job.name, tick, fence, end: how, processed, batches, durationMs, error };
      observer.runEnded(report);
      return report;
    }
  }

  /** One batch, tried again while its policy allows. `null` when the engine stops in a pause between two tries. */
  async #tryBatch(
    job: JobDefinition,
    claim: Claim,
    position: Position,
    lease: Lease,
    stopping: AbortSignalLike,
  ): Promise<Position | null> {
    const { clock, observer, random } = this.#ports;
    for (let attempt = 1; ; attempt += 1) {
      try {
        lease.signal.throwIfAborted();
        return await this.#commitBatch(job, claim, position, lease);
      } catch (error) {
        if (hasCode(error, 'LEASE_LOST') || hasCode(error, 'STORE_UNAVAILABLE')) throw error;
        if (attempt >= job.retry.attempts) throw error;
        const delayMs = backoffMs(job.retry, attempt + 1, random());
        observer.batchRetried(claim, { error, attempt, delayMs });
        await sleep(clock, delayMs, stopping);
        if (stopping.aborted) return null;
      }
    }
  }

  async #record(tx: Transaction | null, claim: Claim, progress: Progress): Promise<void> {
    const { ledger, leaseMs } = this.#ports;
    if (progress.checkpoint === null) await ledger.succeed(tx, claim, progress);
    else await ledger.advance(tx, claim, progress, leaseMs);
  }

  async #commitBatch(job: JobDefinition, claim: Claim, position: Position, lease: Lease): Promise<Position> {
    const { transactions, clock, observer } = this.#ports;
    const startedAt = clock.now();
    const { result, progress, untouched } = await transactions.run(async (tx) => {
      const result = await job.batch({
        tx,
        job: job.name,
        asOf: claim.tick,
        checkpoint: position.checkpoint,
        limit: position.limit,
        signal: lease.signal,
      });
      assertResult(job, result);
      const progress = { checkpoint: result.next, processed: position.processed + result.processed };
      // Last, so that the row of the run is locked for as short as can be; a lost lease undoes the whole batch.
      if (tx.touched) await this.#record(tx, claim, progress);
      return { result, progress, untouched: !tx.touched };
    });
    if (untouched) await this.#record(null, claim, progress);
    const durationMs = clock.now() - startedAt;
    observer.batchCommitted(claim, { processed: result.processed, durationMs });
    return {
      ...progress,
      batches: position.batches + 1,
      limit: nextBatchSize(position.limit, durationMs, job.maxBatch),
      complete: result.next === null,
    };
  }
}

function assertResult(job: JobDefinition, result: BatchResult): void {
  if (Number.isInteger(result?.processed) && result.processed >= 0 && result.next !== undefined) return;
  throw new TypeError(
    `A batch of ${job.name} must answer { processed: a whole number, next: where to go on, or null }, not ${JSON.stringify(result)}.`,
  );
}
