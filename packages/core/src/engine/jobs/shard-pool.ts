import type { AbortSignalLike } from '../time/abort.ts';
import type { Instant } from '../time/instant.ts';
import { ShardsFailedError } from './divide-run.ts';
import type { EnginePorts } from './engine-ports.ts';
import type { JobDefinition } from './job-definition.ts';
import { JobRunner } from './job-runner.ts';
import type { AttemptReport } from './run-observer.ts';
import type { JoinedRun, ShardClaimOutcome, ShardLedger } from './shard-ledger.ts';
import { ShardRunner } from './shard-runner.ts';

/** Why an instance no longer works on the shards of a run. */
export type PoolOutcome =
  /** It ended the last shard, and then the run. */
  | { readonly kind: 'joined'; readonly report: AttemptReport }
  | Exclude<ShardClaimOutcome, { kind: 'claimed' }>
  | { readonly kind: 'stopped' };

/** Works on the free shards of a divided run, on a few of them at once. */
export class ShardPool {
  readonly #ports: EnginePorts;
  readonly #shardLedger: ShardLedger;
  readonly #instanceId: string;
  #shards: ShardRunner;
  readonly #runs: JobRunner;
  #given = 0;

  constructor(ports: EnginePorts, shardLedger: ShardLedger, instanceId: string) {
    this.#ports = ports;
    this.#shardLedger = shardLedger;
    this.#instanceId = instanceId;
    this.#shards = new ShardRunner(ports, shardLedger);
    this.#runs = new JobRunner(ports);
  }

  /** Whether this instance holds the lease of a shard, or of a run that it has joined, although no work is in progress. */
  get holdsLease(): boolean {
    return this.#shards.holdsLease || this.#runs.holdsLease;
  }

  /**
   * Works until no shard of the run is free.
   *
   * @throws {StoreUnavailableError} when all shards in progress have ended
   */
  async work(job: JobDefinition, tick: Instant, stopping: AbortSignalLike): Promise<PoolOutcome> {
    const { shardConcurrency = 1 } = this.#ports;
    this.#shards = new ShardRunner(this.#ports, this.#shardLedger);
    const all = Array.from({ length: shardConcurrency }, () => this.#workOnOne(job, tick, stopping));
    const ended = await Promise.allSettled(all);
    const outcomes = ended.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
    return outcomes.reduce((a, b) => (rank(b) < rank(a) ? b : a));
  }

  /**
   * Works on one shard, if it is free.
   *
   * @throws {StoreUnavailableError}
   */
  async workOnShard(
    job: JobDefinition,
    { tick, index }: { readonly tick: Instant; readonly index: number },
    stopping: AbortSignalLike,
  ): Promise<PoolOutcome | { readonly kind: 'ended' }> {
    if (stopping.aborted) return { kind: 'stopped' };
    if (this.#given === 0) this.#shards = new ShardRunner(this.#ports, this.#shardLedger);
    this.#given += 1;
    try {
      const { leaseMs } = this.#ports;
      const request = { job: job.name, tick, instanceId: this.#instanceId, leaseMs, index };
      const outcome = await this.#shardLedger.claim(request);
      if (outcome.kind !== 'claimed') return outcome;
      const { joined } = await this.#shards.execute(job, outcome.claim, stopping);
      if (!joined) return { kind: 'ended' };
      return { kind: 'joined', report: await this.#endRun(job, joined, stopping) };
    } finally {
      this.#given -= 1;
    }
  }

  async #workOnOne(job: JobDefinition, tick: Instant, stopping: AbortSignalLike): Promise<PoolOutcome> {
    const { leaseMs } = this.#ports;
    while (!stopping.aborted) {
      const request = { job: job.name, tick, instanceId: this.#instanceId, leaseMs };
      const outcome = await this.#shardLedger.claim(request);
      if (outcome.kind !== 'claimed') return outcome;
      const { joined } = await this.#shards.execute(job, outcome.claim, stopping);
      if (joined) return { kind: 'joined', report: await this.#endRun(job, joined, stopping) };
    }
    return { kind: 'stopped' };
  }

  #endRun(
    job: JobDefinition,
    { claim, failures }: JoinedRun,
    stopping: AbortSignalLike,
  ): Promise<AttemptReport> {
    const failed = failures.length > 0 ? { failure: new ShardsFailedError(failures) } : {};
    return this.#runs.execute(job, claim, stopping, failed);
  }
}

/** What says most comes first: one of several workers may have found a shard held that another of them then ended. */
function rank(outcome: PoolOutcome): number {
  if (outcome.kind === 'held') return 4 + outcome.retryInMs;
  return ['joined', 'stopped', 'paused', 'done'].indexOf(outcome.kind);
}
