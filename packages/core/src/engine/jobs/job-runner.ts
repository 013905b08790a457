import { hasCode } from '../common/errors.ts';
import { sleep } from '../time/clock.ts';
import type { AbortSignalLike } from '../time/abort.ts';
import { Attempt } from './attempt.ts';
import { backoffMs } from './backoff.ts';
import { commitBatch, hasTooManyFailed } from './commit-batch.ts';
import { TooManyFailedItemsError, failedItemsOf } from './failed-items.ts';
import { isolateItems, retryItems } from './isolate-items.ts';
import { endsAttempt, withRetries } from './with-retries.ts';
import type { JobDefinition } from './job-definition.ts';
import { pauseBetweenBatches } from './pause-between-batches.ts';
import { COMPLETED_CHECKPOINT, type Claim } from './run-ledger.ts';
import { errorText } from '../secrets/error-text.ts';
import type { AttemptEnd, AttemptReport } from './run-observer.ts';
import type { EnginePorts } from './engine-ports.ts';

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
   * Runs batches until the run is complete, has failed, is lost, or `stopping` requests its release.
   *
   * @param again failed items of the run to be retried first
   * @throws {StoreUnavailableError} if the store became unavailable; the run is taken over when its lease expires
   */
  execute(
    job: JobDefinition,
    claim: Claim,
    stopping: AbortSignalLike,
    again: readonly string[] = [],
  ): Promise<AttemptReport> {
    return this.#ports.observer.aroundRun(claim, () => this.#execute(job, claim, stopping, again));
  }

  async #execute(
    job: JobDefinition,
    claim: Claim,
    stopping: AbortSignalLike,
    again: readonly string[],
  ): Promise<AttemptReport> {
    const { clock, observer } = this.#ports;
    const startedAt = clock.now();
    const attempt = new Attempt(job, claim, this.#ports);
    observer.runStarted(claim);
    let end: AttemptEnd;
    let error: unknown;
    this.#holdsLease = true;
    try {
      end = (await this.#runBatches(attempt, stopping, again)) ? 'succeeded' : 'released';
    } catch (reason) {
      if (hasCode(reason, 'STORE_UNAVAILABLE')) throw reason;
      error = reason;
      end = await this.#fail(claim, reason);
    } finally {
      attempt.stop();
    }
    if (end !== 'released') this.#holdsLease = false;
    const { processed, batches, skip } = attempt.position;
    const { tick, fence } = claim;
    const durationMs = clock.now() - startedAt;
    const counts = { processed, failedItems: skip.length, batches };
    const report = { job: job.name, tick, fence, end, ...counts, durationMs, error };
    observer.runEnded(report);
    return report;
  }

  /** Returns `false` if the run was released. */
  async #runBatches(attempt: Attempt, stopping: AbortSignalLike, again: readonly string[]): Promise<boolean> {
    const { ledger, failedItems } = this.#ports;
    const { job, claim } = attempt;
    if (job.items && claim.fence > 1) {
      const of = { job: job.name, tick: claim.tick };
      const failed = await withRetries(attempt, () => failedItemsOf(failedItems, of));
      const skip = failed.map(({ item }) => item);
      attempt.position = { ...attempt.position, skip };
    }
    if (again.length > 0) await retryItems(this.#ports, attempt, again, stopping);
    while (!stopping.aborted && !attempt.position.complete) await this.#tryBatch(attempt, stopping);
    if (!attempt.position.complete || (stopping.aborted && claim.checkpoint === COMPLETED_CHECKPOINT)) {
      // A run that cannot be released has not failed: another attempt continues it when the lease expires.
      const released = ledger.release(claim).then(() => (this.#holdsLease = false));
      await released.catch(() => undefined);
      return false;
    }
    await this.#assertFailureRate(attempt);
    return true;
  }

  /** Ends a complete run, unless its last batch has already ended it. Throws if too many of its items failed. */
  async #assertFailureRate(attempt: Attempt): Promise<void> {
    const { job, claim, position } = attempt;
    const { processed, skip, lastFailure } = position;
    if (hasTooManyFailed(job, processed, skip.length)) {
      const counts = { failed: skip.length, processed, share: job.maxFailureRate };
      throw new TooManyFailedItemsError(counts, lastFailure);
    }
    if (claim.checkpoint !== COMPLETED_CHECKPOINT) return;
    const progress = { checkpoint: null, processed, failedItems: skip.length };
    await withRetries(attempt, () => this.#ports.ledger.succeed(null, claim, progress));
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

  /**
   * Runs one batch, retried as its policy allows, and finally split. A batch that needs a locked row is split at once,
   * since it has waited already; if it cannot be split, it is retried until the run times out. Ends early when the
   * engine stops.
   */
  async #tryBatch(attempt: Attempt, stopping: AbortSignalLike): Promise<void> {
    const { clock, observer, random } = this.#ports;
    const { job, claim, signal } = attempt;
    let failures = 0;
    for (let tries = 1; !stopping.aborted; tries += 1) {
      try {
        signal.throwIfAborted();
        const batch = await commitBatch(this.#ports, attempt);
        if (!attempt.position.complete) await pauseBetweenBatches(this.#ports, attempt, batch, stopping);
        return;
      } catch (error) {
        if (endsAttempt(error)) throw error;
        const locked = hasCode(error, 'ROW_LOCKED');
        if (!locked) failures += 1;
        if (locked ? job.items !== undefined : failures >= job.retry.maxAttempts) {
          return await isolateItems(this.#ports, attempt, error, stopping);
        }
        const delayMs = backoffMs(job.retry, tries + 1, random());
        observer.batchRetried(claim, { error, attempt: tries, delayMs });
        await sleep(clock, delayMs, stopping, signal);
      }
    }
  }
}
