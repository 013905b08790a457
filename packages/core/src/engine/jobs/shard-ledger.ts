import type { Json } from '../common/json.ts';
import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { Claim, Progress, ShardPart } from './run-ledger.ts';

/** The right to work on a shard, as a {@link Claim} is for a whole run: the fence, the lease and the counts are its own. */
export interface ShardClaim extends Claim {
  readonly shard: ShardPart;
  /** The number of items of this shard that earlier attempts recorded as failed. */
  readonly failedItems: number;
}

/** The outcome of claiming a shard. */
export type ShardClaimOutcome =
  | { readonly kind: 'claimed'; readonly claim: ShardClaim }
  /** Other attempts are active on all shards that have not ended; retry in `retryInMs` milliseconds. */
  | { readonly kind: 'held'; readonly retryInMs: number }
  /** No shard is left to be claimed: the run is not divided, or all of its shards have ended. */
  | { readonly kind: 'done' }
  /** The job is paused: no shard starts or continues until it is resumed. */
  | { readonly kind: 'paused' };

/** A request for a shard of a divided run: any free one, or a given one. */
export interface ShardRequest {
  readonly job: string;
  readonly tick: Instant;
  readonly instanceId: string;
  readonly leaseMs: number;
  /** Only this shard. Default: the free one with the lowest index. */
  readonly index?: number;
}

/** How a shard ended. */
export interface ShardEnd extends Pick<Progress, 'processed'> {
  /** Items of the shard that are recorded as failed. */
  readonly failedItems: number;
  /** `null`: it succeeded. */
  readonly error: string | null;
}

/** The claim of a run, given to the attempt that ended its last shard. */
export interface JoinedRun {
  /** Its counts are those of all shards. */
  readonly claim: Claim;
  /** The shards that failed, by index. If there are any, the run is to be ended as failed. */
  readonly failures: readonly { readonly index: number; readonly error: string }[];
}

/** A shard as operators see it. */
export interface Shard extends Pick<ShardPart, 'index' | 'part'> {
  readonly status: 'open' | 'succeeded' | 'failed';
  readonly fence: number;
  /** Who works on it, or did last. */
  readonly instanceId: string | null;
  /** `null` while nobody works on it. */
  readonly leaseUntil: Instant | null;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly processed: number;
  readonly failedItems: number;
  readonly error: string | null;
}

/**
 * Records the shards of divided runs, so that several attempts can work on one tick, each on a part of its own.
 *
 * It shares its store with the `RunLedger`. A divided run stays active, and its ticks in order, but nobody holds its
 * lease: each shard has its own. The attempt that ends the last shard gets the claim of the run, in the same
 * transaction; no other attempt ever does, however many end at once. `shardLedgerContract` in `@gamekeeper/testkit` is
 * this contract as test cases.
 */
export interface ShardLedger {
  /**
   * Divides the run of a claim, which is released. Its checkpoint becomes {@link dividedCheckpoint}.
   *
   * @param division.next the checkpoint at which the run continues when all shards have ended
   * @param also called in the transaction that divides the run, when that has succeeded: if it throws, nothing is changed
   * @throws {LeaseLostError} if another attempt has taken over the run; and what `also` throws
   */
  divide(
    claim: Claim,
    division: { readonly parts: readonly Json[]; readonly next: Json },
    also?: (tx: Transaction) => Promise<void>,
  ): Promise<void>;

  /**
   * Divides the run of a claim again, which is released: its shards that failed are open again, at their checkpoints.
   *
   * @throws {LeaseLostError} as `divide` does, and if no shard of the run failed
   */
  divideAgain(claim: Claim): Promise<void>;

  /**
   * Claims a shard that was never claimed, was released, or has an expired lease, by the store's clock. Costs one
   * statement.
   */
  claim(request: ShardRequest): Promise<ShardClaimOutcome>;

  /** Extends a lease from now. Returns `false` if the claim is no longer the newest. */
  renew(claim: ShardClaim, leaseMs: number): Promise<boolean>;

  /**
   * Records a batch inside the transaction that holds its changes, and extends the lease. Locks only the shard's row,
   * so that the batches of different shards never wait for each other.
   *
   * @param tx `null` if the batch changed nothing
   * @throws {LeaseLostError} {@link RunLockedError} as `RunLedger.advance` does
   */
  advance(tx: Transaction | null, claim: ShardClaim, progress: Progress, leaseMs: number): Promise<void>;

  /**
   * Ends a shard. If it was the last one, the caller also gets the claim of the run, with a lease of `leaseMs` and the
   * checkpoint that was passed to `divide`; if shards have failed, it keeps the divided checkpoint. Otherwise `null`.
   *
   * @throws {LeaseLostError}
   */
  end(claim: ShardClaim, end: ShardEnd, leaseMs: number): Promise<JoinedRun | null>;

  /** Releases the shard at once, so that another attempt can continue from its checkpoint. */
  release(claim: ShardClaim): Promise<void>;

  /** Returns the shards of a run by index; none if it was not divided. */
  list(job: string, tick: Instant): Promise<readonly Shard[]>;
}

const DIVIDED = '@gamekeeper/divided';

/** Returns the checkpoint of a run that is divided, or whose shards have failed. No job may use it as its own. */
export function dividedCheckpoint(next: Json): Json {
  return { [DIVIDED]: next };
}

/** Returns the `next` in the checkpoint of a divided run; `undefined` for any other checkpoint. */
export function nextOfDivided(checkpoint: Json): Json | undefined {
  return (checkpoint as { readonly [DIVIDED]?: Json } | null)?.[DIVIDED];
}
