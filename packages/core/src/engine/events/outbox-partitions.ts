import type { StoredEvent } from './outbox.ts';

/** Events of one lane that an instance may deliver, oldest first, for as long as its lease lasts. */
export interface PartitionClaim {
  readonly partition: number;
  /** Larger than that of any claim of the lane before. */
  readonly fence: number;
  /** How often the lane was claimed since an event of it was last delivered; 1 is the first try. */
  readonly attempt: number;
  /** At least one. */
  readonly events: readonly StoredEvent[];
}

/** What became of a claimed batch. */
export type PartitionOutcome = {
  /**
   * How many of the claim's events were delivered, counted from the first on: a whole number from 0 to their length.
   * They are never claimed again, whatever becomes of the rest.
   */
  readonly delivered: number;
} & (
  | { readonly kind: 'released' }
  /** Nobody claims the lane for `retryInMs`, then anybody may. */
  | { readonly kind: 'failed'; readonly retryInMs: number }
);

/** What waits in the outbox. By the store's clock, in milliseconds; never negative, and `null` when nothing waits. */
export interface OutboxLag {
  /** How many events were not delivered yet. */
  readonly pending: number;
  /** Since the event that happened first happened. One of a tick that was caught up happened at its tick. */
  readonly oldestAgeMs: number | null;
  /** Since the event that was written first was written: for how long delivery has been owed. */
  readonly oldestWaitMs: number | null;
}

/**
 * The outbox as its relays see it: events that were not delivered yet, in lanes, each of which one instance holds at a
 * time. All events of a subject are in one lane, so that lanes can be delivered side by side and order is kept.
 *
 * - Which events wait is decided by whether they were delivered, never by their ids alone: a transaction may commit
 *   after another that wrote later ids. Within one aggregate ids grow in the order of its commits.
 * - Leases are measured by the store's own clock. An instance whose lease ended may lose the lane to another. Then it
 *   has no say about the lane any more, but what it reports as delivered was delivered, and counts.
 * - No transaction is held between `claim` and `settle`.
 */
export interface OutboxPartitions {
  /**
   * Takes a lane that has events waiting and that nobody holds, for `leaseMs`, with up to `limit` of its oldest events;
   * `null` when there is none. Lanes in `except` are left out.
   */
  claim(request: {
    readonly instanceId: string;
    readonly leaseMs: number;
    readonly limit: number;
    readonly except?: readonly number[];
  }): Promise<PartitionClaim | null>;
  /**
   * Keeps a lane for another `leaseMs` from now, and marks the first `delivered` events of the claim as delivered.
   * Returns whether the lane is kept: `false`, and no lease is changed, when it was claimed again or settled meanwhile.
   */
  renew(
    claim: PartitionClaim,
    progress: { readonly leaseMs: number; readonly delivered: number },
  ): Promise<boolean>;
  /**
   * Marks what was delivered, and gives the lane back or keeps everybody from it for a pause, in one step. Returns
   * whether the claim was still the lane's last; when it was not, only the marks are made. May be called again for the
   * same claim with a larger `delivered`.
   */
  complete(claim: PartitionClaim, outcome: PartitionOutcome): Promise<boolean>;
  /** What waits now. */
  lag(): Promise<OutboxLag>;
}
