import type { StoredEvent } from './outbox.ts';

/** Events of one partition that an instance may deliver, oldest first, until its lease expires. */
export interface PartitionClaim {
  readonly partition: number;
  /** Larger than that of any earlier claim of the partition. */
  readonly fence: number;
  /** How many times the partition was claimed since one of its events was last delivered; 1 is the first attempt. */
  readonly attempt: number;
  /** At least one. */
  readonly events: readonly StoredEvent[];
}

/** The outcome of a claimed batch. */
export type PartitionOutcome = {
  /**
   * How many of the claim's events were delivered, counted from the first: a whole number from 0 to their length. They
   * are never claimed again, whatever happens to the rest.
   */
  readonly delivered: number;
} & (
  | { readonly kind: 'released' }
  /** The partition cannot be claimed for `retryInMs`. */
  | { readonly kind: 'failed'; readonly retryInMs: number }
);

/** The backlog of the outbox. By the store's clock, in milliseconds; never negative, and `null` if no events wait. */
export interface OutboxLag {
  /** Number of undelivered events. */
  readonly pending: number;
  /** Time since the earliest undelivered event happened. An event of a caught-up tick happened at its tick. */
  readonly oldestAgeMs: number | null;
  /** Time since the first undelivered event was written: for how long delivery is overdue. */
  readonly oldestWaitMs: number | null;
}

/**
 * The outbox as its relays see it: undelivered events in partitions, each claimed by one instance at a time. All
 * events of a subject are in one partition, so partitions can be delivered concurrently and order is kept.
 *
 * - Whether an event waits depends on whether it was delivered, never on its id alone: a transaction may commit after
 *   another one that wrote later ids. Within one aggregate, ids grow in the order of its commits.
 * - Leases use the store's own clock. An instance whose lease expired may lose the partition to another one. It can
 *   then no longer renew or release it, but events that it reports as delivered still count as delivered.
 * - No transaction is held between `claim` and `complete`.
 */
export interface OutboxPartitions {
  /**
   * Claims a free partition with waiting events for `leaseMs`. Returns up to `limit` of its oldest events, or `null`
   * if there is none. Partitions in `except` are skipped.
   */
  claim(request: {
    readonly instanceId: string;
    readonly leaseMs: number;
    readonly limit: number;
    readonly except?: readonly number[];
  }): Promise<PartitionClaim | null>;
  /**
   * Extends the lease of a partition to `leaseMs` from now, and marks the first `delivered` events of the claim as
   * delivered. Returns whether the lease is still held: `false`, without changing the lease, if the partition was
   * claimed again or completed meanwhile.
   */
  renew(
    claim: PartitionClaim,
    progress: { readonly leaseMs: number; readonly delivered: number },
  ): Promise<boolean>;
  /**
   * In one step, marks what was delivered and releases the partition, or blocks it for a delay. Returns whether the
   * claim was still the partition's newest; if not, only the events are marked. May be called again for the same claim
   * with a larger `delivered`.
   */
  complete(claim: PartitionClaim, outcome: PartitionOutcome): Promise<boolean>;
  /** Returns the current backlog. */
  lag(): Promise<OutboxLag>;
}
