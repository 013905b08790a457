import { hasCode } from '../common/errors.ts';
import { errorText } from '../secrets/error-text.ts';
import type { AbortSignalLike } from '../time/abort.ts';
import { portsOfShard, type AttemptPorts } from './attempt-ports.ts';
import { Attempt, failedCount } from './attempt.ts';
import type { EnginePorts } from './engine-ports.ts';
import { failedItemsOf } from './failed-items.ts';
import type { JobDefinition } from './job-definition.ts';
import { runBatches } from './run-batches.ts';
import type { ShardReport } from './run-observer.ts';
import type { JoinedRun, ShardClaim, ShardLedger } from './shard-ledger.ts';
import { withRetries } from './with-retries.ts';

/** How an attempt at a shard ended. */
export interface ShardOutcome {
  readonly report: ShardReport;
  /** Present if it was the last shard of its run: the run is to be ended. */
  readonly joined: JoinedRun | null;
}

/** Runs claimed shards, batch by batch. */
export class ShardRunner {
  readonly #ports: EnginePorts;
  readonly #shardLedger: ShardLedger;
  #held = 0;

  constructor(ports: EnginePorts, shardLedger: ShardLedger) {
    this.#ports = ports;
    this.#shardLedger = shardLedger;
  }

  /** Whether the end of an attempt could not be recorded: no other instance can claim its shard until its lease expires. */
  get holdsLease(): boolean {
    return this.#held > 0;
  }

  /**
   * Runs batches until the shard is complete, has failed, is lost, or `stopping` requests its release.
   *
   * @throws {StoreUnavailableError} if the store became unavailable; the shard is taken over when its lease expires
   */
  async execute(job: JobDefinition, claim: ShardClaim, stopping: AbortSignalLike): Promise<ShardOutcome> {
    const { clock, observer } = this.#ports;
    const startedAt = clock.now();
    const ports = portsOfShard(this.#ports, this.#shardLedger, claim);
    const attempt = new Attempt(job, claim, ports);
    observer.shardStarted(claim);
    this.#held += 1;
    let outcome: Pick<ShardReport, 'end' | 'error'> & { readonly joined?: JoinedRun | null };
    try {
      outcome = await this.#run(ports, attempt, claim, stopping);
    } finally {
      attempt.stop();
    }
    const { end, error, joined = null } = outcome;
    if (end !== 'released') this.#held -= 1;
    const { processed, batches } = attempt.position;
    const counts = { processed, failedItems: failedCount(attempt.position), batches };
    const report = { claim, end, ...counts, durationMs: clock.now() - startedAt, error };
    observer.shardEnded(report);
    return { report, joined };
  }

  async #run(
    ports: AttemptPorts,
    attempt: Attempt,
    claim: ShardClaim,
    stopping: AbortSignalLike,
  ): Promise<Pick<ShardReport, 'end' | 'error'> & { readonly joined?: JoinedRun | null }> {
    try {
      if (attempt.job.items && claim.fence > 1) await this.#skipFailedItems(attempt, claim);
      await runBatches(ports, attempt, stopping);
      if (!attempt.position.complete) return { end: await this.#release(claim) };
      return { end: 'succeeded', joined: await this.#end(attempt, claim, null) };
    } catch (error) {
      if (hasCode(error, 'STORE_UNAVAILABLE')) throw error;
      return this.#fail(attempt, claim, error);
    }
  }

  async #skipFailedItems(attempt: Attempt, claim: ShardClaim): Promise<void> {
    const of = { job: claim.job, tick: claim.tick };
    const failed = await withRetries(attempt, () => failedItemsOf(this.#ports.failedItems, of));
    const othersFailed = failed.length - claim.failedItems;
    attempt.position = { ...attempt.position, skip: failed.map(({ item }) => item), othersFailed };
  }

  #end(attempt: Attempt, claim: ShardClaim, error: string | null): Promise<JoinedRun | null> {
    const { position } = attempt;
    const end = { processed: position.processed, failedItems: failedCount(position), error };
    return withRetries(attempt, () => this.#shardLedger.end(claim, end, this.#ports.leaseMs));
  }

  async #release(claim: ShardClaim): Promise<'released'> {
    const released = this.#shardLedger.release(claim).then(() => (this.#held -= 1));
    await released.catch(() => undefined);
    return 'released';
  }

  async #fail(
    attempt: Attempt,
    claim: ShardClaim,
    error: unknown,
  ): Promise<Pick<ShardReport, 'end' | 'error'> & { readonly joined?: JoinedRun | null }> {
    if (hasCode(error, 'LEASE_LOST')) return { end: 'lost', error };
    try {
      return { end: 'failed', error, joined: await this.#end(attempt, claim, errorText(error)) };
    } catch (reason) {
      if (hasCode(reason, 'LEASE_LOST')) return { end: 'lost', error: reason };
      throw reason;
    }
  }
}
