import { GamekeeperError } from '../common/errors.ts';
import type { Json } from '../common/json.ts';
import { iso, type Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { PruneRequest, Prunable } from './prunable.ts';
import type { Run, RunStatus, SkipReason } from './run.ts';

/** Which part of its run a shard is. */
export interface ShardPart {
  /** From 0 to `count` − 1. */
  readonly index: number;
  /** How many shards the run has. */
  readonly count: number;
  /** The part, as the job's `shards` returned it. */
  readonly part: Json;
}

/** The right to work on a run, held by one attempt of one instance as long as no later attempt has a larger fence. */
export interface Claim {
  readonly job: string;
  readonly tick: Instant;
  /** Larger than that of every earlier attempt; 1 for the first. */
  readonly fence: number;
  readonly instanceId: string;
  /** The checkpoint that an earlier attempt reached, or `null`. */
  readonly checkpoint: Json;
  /** The number of items that earlier attempts committed. */
  readonly processed: number;
  /** Present if the claim is that of a shard of the run. */
  readonly shard?: ShardPart;
}

/** The outcome of claiming a run. */
export type ClaimOutcome =
  /**
   * The caller holds the run. Its tick is the requested one, or an earlier one of the job that was left unfinished.
   */
  | { readonly kind: 'claimed'; readonly claim: Claim }
  /** Another attempt is active on this job; retry in `retryInMs` milliseconds. */
  | { readonly kind: 'held'; readonly tick: Instant; readonly instanceId: string; readonly retryInMs: number }
  /** The active run of this job is divided into shards, which are claimed one by one (`ShardLedger`). */
  | { readonly kind: 'divided'; readonly tick: Instant }
  /** The tick is done. A `pruned` tick was done long ago and no longer has a row: it never runs again. */
  | { readonly kind: 'done'; readonly status: Exclude<RunStatus, 'running'> | 'pruned' }
  /** The job is paused: no tick starts or continues until it is resumed. */
  | { readonly kind: 'paused' }
  /** By the store's clock, it is too early for the run to begin; retry in `retryInMs` milliseconds. */
  | { readonly kind: 'ahead'; readonly retryInMs: number };

/** A request for the run of a tick. */
export interface RunRequest {
  readonly job: string;
  readonly tick: Instant;
  /**
   * The earliest time at which the run may begin, by the store's clock: the tick plus the delay of its job. Default:
   * the tick.
   */
  readonly notBefore?: Instant;
  readonly instanceId: string;
}

/** What the ledger records of a batch. */
export interface Progress {
  readonly checkpoint: Json;
  /** Items of the whole run so far. */
  readonly processed: number;
  /** Items of the whole run that are recorded as failed; unchanged if omitted. */
  readonly failedItems?: number;
}

/** The checkpoint of a completed run that was reopened. No job may use it as its own. */
export const COMPLETED_CHECKPOINT = '@gamekeeper/complete';

/** The checkpoint of a run whose items are done, and whose `finish` is left. No job may use it as its own. */
export const FINISHING_CHECKPOINT = '@gamekeeper/finish';

/** Which runs of a job to list. */
export interface RunsPage {
  /** Only ticks before this one: the last tick of the previous page. */
  readonly before?: Instant;
  /** Only ticks at or after this one. */
  readonly from?: Instant;
  /** Only runs with one of these statuses. Default: all. */
  readonly status?: readonly RunStatus[];
  readonly limit: number;
}

/**
 * Records which ticks have run and are running, so that none runs twice.
 *
 * One row per job and tick, and at most one active run per job: the store itself guarantees both. Lease expiry and due
 * times use the store's clock, so skew between instances is harmless. The `JobRegistry`, in the same store, records
 * which jobs exist and their watermarks. `runLedgerContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface RunLedger extends Prunable {
  /**
   * Claims the run of a tick; a first attempt costs one statement. While `notBefore` is in the future by the store's
   * clock, returns `ahead` and changes nothing, whatever the state of the tick or the job. If a run of this job has an
   * expired lease, that run is claimed first, whatever its tick, with a larger fence; if its tick is in the future
   * (the store's clock was moved back), returns `ahead` too. A run that is divided has no lease of its own: it is
   * `divided`.
   *
   * @param request.again whether to claim a failed or skipped tick again, for a run by hand
   */
  claim(request: RunRequest & { readonly leaseMs: number; readonly again?: boolean }): Promise<ClaimOutcome>;

  /**
   * Claims the run of a tick that has succeeded or failed, to retry its failed items. Like `claim`, it returns `ahead`
   * while `notBefore` is in the future, and claims an abandoned run of the job first, whatever its tick. `done` with
   * the status `skipped` means that the tick has no run; `done` with any other status means that another attempt was
   * faster: claim again. The claim of a succeeded run has the checkpoint {@link COMPLETED_CHECKPOINT}, so that an
   * instance that takes it over does not repeat the run.
   */
  reopen(request: RunRequest & { readonly leaseMs: number }): Promise<ClaimOutcome>;

  /**
   * Records a tick without work as succeeded, in one statement. Returns `false` and changes nothing if the tick is
   * already recorded or pruned, another run of the job is active, the job is paused, or `notBefore` is in the future
   * by the store's clock.
   */
  recordIdleTick(request: RunRequest): Promise<boolean>;

  /** Extends a lease from now. Returns `false` if the claim is no longer the newest. */
  renew(claim: Claim, leaseMs: number): Promise<boolean>;

  /**
   * Records a batch inside the transaction that holds its changes, and extends the lease.
   *
   * Inside a transaction, waits only briefly for a run locked by another transaction: players may be waiting for locks
   * that this transaction holds.
   *
   * @param tx `null` if the batch changed nothing
   * @throws {LeaseLostError} if another attempt has taken over: roll back the whole batch
   * @throws {RunLockedError} if the run stays locked: roll back the batch, wait with `renew`, and repeat it
   */
  advance(tx: Transaction | null, claim: Claim, progress: Progress, leaseMs: number): Promise<void>;

  /**
   * Records the last batch and ends the run as succeeded, inside the transaction that holds its changes. The watermark
   * moves to the tick.
   *
   * @param tx `null` if the last batch changed nothing: only the end is committed
   * @throws {LeaseLostError}
   * @throws {RunLockedError} as `advance` does
   */
  succeed(tx: Transaction | null, claim: Claim, progress: Progress): Promise<void>;

  /**
   * Ends the run as failed; the watermark moves to the tick. Committed batches stay.
   *
   * @throws {LeaseLostError}
   */
  fail(claim: Claim, error: string): Promise<void>;

  /**
   * Releases the run at once, so that another attempt can continue from the checkpoint. Does nothing if the lease is
   * lost.
   */
  release(claim: Claim): Promise<void>;

  /**
   * Records ticks as skipped; the watermark moves to the last of them that is not active. Ticks that already have a
   * row keep it; pruned ticks get none. Ticks in the future by the store's clock are ignored: no row, no watermark.
   * Returns the ticks that this call recorded.
   *
   * @param ticks oldest first
   */
  skip(job: string, ticks: readonly Instant[], reason: SkipReason): Promise<readonly Instant[]>;

  /** Returns runs of a job, newest tick first. */
  runs(job: string, page: RunsPage): Promise<readonly Run[]>;

  /**
   * Removes up to `limit` rows of ticks before an instant. Returns how many. The newest success of each job and all
   * later rows stay, since catch-up and health need them. A tick whose row was removed never runs again: neither by
   * the schedule (the watermark stays behind it) nor by hand.
   */
  prune(tx: Transaction, cut: PruneRequest): Promise<number>;
}

/** Another attempt has taken over the run; the uncommitted work of this attempt is rolled back. */
export class LeaseLostError extends GamekeeperError<'LEASE_LOST'> {
  constructor(claim: Pick<Claim, 'job' | 'tick' | 'fence'>) {
    super(
      'LEASE_LOST',
      `Attempt ${claim.fence} of ${claim.job} at ${iso(claim.tick)} lost its lease to a later one and was rolled back; no action is needed, but if this happens often, raise engine.leaseMs.`,
    );
  }
}

/** Another transaction holds a lock on the run's row, so the batch cannot be recorded; the run itself is fine. */
export class RunLockedError extends GamekeeperError<'RUN_LOCKED'> {
  constructor(claim: Pick<Claim, 'job' | 'tick'>, cause: unknown) {
    super(
      'RUN_LOCKED',
      `The run of ${claim.job} at ${iso(claim.tick)} is locked by another transaction; the batch was rolled back and is repeated when that transaction has ended.`,
      { cause },
    );
  }
}
