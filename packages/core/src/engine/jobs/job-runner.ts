import { hasCode } from '../common/errors.ts';
import type { AbortSignalLike } from '../time/abort.ts';
import { Attempt, failedCount } from './attempt.ts';
import { hasTooManyFailed } from './commit-batch.ts';
import { divideRun } from './divide-run.ts';
import { TooManyFailedItemsError, failedItemsOf } from './failed-items.ts';
import { finishRun } from './finish-run.ts';
import { retryItems } from './isolate-items.ts';
import { runBatches } from './run-batches.ts';
import { withRetries } from './with-retries.ts';
import type { JobDefinition } from './job-definition.ts';
import { COMPLETED_CHECKPOINT, type Claim } from './run-ledger.ts';
import { errorText } from '../secrets/error-text.ts';
import type { AttemptEnd, AttemptReport } from './run-observer.ts';
import type { EnginePorts } from './engine-ports.ts';

/** What an attempt does besides the batches of its run. */
export interface AttemptOptions {
  /** Failed items of the run to be retried first. */
  readonly again?: readonly string[];
  /** Ends the run as failed at once. */
  readonly failure?: Error;
}

/** Runs one claimed run, batch by batch. */
export class JobRunner {
  readonly #ports: EnginePorts;
  #holdsLease = false;

  constructor(ports: EnginePorts) {
    this.#ports = ports;
  }

  /**
   * Whether the end of the last attempt could not be recorded, for example because the store was unavailable: no other
   * instance can run it until its lease expires.
   */
  get holdsLease(): boolean {
    return this.#holdsLease;
  }

  /**
   * Runs batches until the run is complete, has failed, is lost, is divided, or `stopping` requests its release.
   *
   * @throws {StoreUnavailableError} if the store became unavailable; the run is taken over when its lease expires
   */
  execute(
    job: JobDefinition,
    claim: Claim,
    stopping: AbortSignalLike,
    options: AttemptOptions = {},
  ): Promise<AttemptReport> {
    return this.#ports.observer.aroundRun(claim, () => this.#execute(job, claim, stopping, options));
  }

  async #execute(
    job: JobDefinition,
    claim: Claim,
    stopping: AbortSignalLike,
    options: AttemptOptions,
  ): Promise<AttemptReport> {
    const { clock, observer } = this.#ports;
    const startedAt = clock.now();
    const attempt = new Attempt(job, claim, this.#ports);
    observer.runStarted(claim);
    let end: AttemptEnd;
    let error: unknown;
    this.#holdsLease = true;
    try {
      end = await this.#run(attempt, stopping, options);
    } catch (reason) {
      if (hasCode(reason, 'STORE_UNAVAILABLE')) throw reason;
      error = reason;
      end = await this.#fail(claim, reason);
    } finally {
      attempt.stop();
    }
    if (end !== 'released') this.#holdsLease = false;
    const { processed, batches } = attempt.position;
    const { tick, fence } = claim;
    const durationMs = clock.now() - startedAt;
    const counts = { processed, failedItems: failedCount(attempt.position), batches };
    const report = { job: job.name, tick, fence, end, ...counts, durationMs, error };
    observer.runEnded(report);
    return report;
  }

  async #run(
    attempt: Attempt,
    stopping: AbortSignalLike,
    { again = [], failure }: AttemptOptions,
  ): Promise<Exclude<AttemptEnd, 'failed' | 'lost'>> {
    const { job, claim } = attempt;
    if (job.items && claim.fence > 1) await this.#skipFailedItems(attempt);
    if (failure) throw failure;
    await retryItems(this.#ports, attempt, again, stopping);
    if (!stopping.aborted && (await divideRun(this.#ports, attempt))) return 'divided';
    await runBatches(this.#ports, attempt, stopping);
    const { complete } = attempt.position;
    if (!complete || (stopping.aborted && claim.checkpoint === COMPLETED_CHECKPOINT))
      return this.#release(claim);
    assertFailureRate(attempt);
    if (!attempt.position.ended) await this.#end(attempt, stopping);
    return attempt.position.ended ? 'succeeded' : this.#release(claim);
  }

  async #skipFailedItems(attempt: Attempt): Promise<void> {
    const { job, claim } = attempt;
    const of = { job: job.name, tick: claim.tick };
    const failed = await withRetries(attempt, () => failedItemsOf(this.#ports.failedItems, of));
    attempt.position = { ...attempt.position, skip: failed.map(({ item }) => item) };
  }

  /** Ends a complete run that its last batch has not ended. The `finish` of a succeeded run has been done before. */
  async #end(attempt: Attempt, stopping: AbortSignalLike): Promise<void> {
    const { claim, position } = attempt;
    if (claim.checkpoint !== COMPLETED_CHECKPOINT) return finishRun(this.#ports, attempt, stopping);
    const progress = { checkpoint: null, processed: position.processed, failedItems: position.skip.length };
    await withRetries(attempt, () => this.#ports.ledger.succeed(null, claim, progress));
    attempt.position = { ...position, ended: true };
  }

  async #release(claim: Claim): Promise<'released'> {
    // A run that cannot be released has not failed: another attempt continues it when the lease expires.
    const released = this.#ports.ledger.release(claim).then(() => (this.#holdsLease = false));
    await released.catch(() => undefined);
    return 'released';
  }

  async #fail(claim: Claim, reason: unknown): Promise<AttemptEnd> {
    if (hasCode(reason, 'LEASE_LOST')) return 'lost';
    try {
      await this.#ports.ledger.fail(claim, errorText(reason));
      return 'failed';
    } catch (error) {
      if (hasCode(error, 'LEASE_LOST')) return 'lost';
      throw error;
    }
  }
}

/** Throws if too many items of a complete run failed. */
function assertFailureRate({ job, position }: Attempt): void {
  const { processed, lastFailure } = position;
  const failed = failedCount(position);
  if (!hasTooManyFailed(job, processed, failed)) return;
  throw new TooManyFailedItemsError({ failed, processed, share: job.maxFailureRate }, lastFailure);
}
