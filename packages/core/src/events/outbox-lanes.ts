import type { StoredEvent } from './outbox.ts';

/** Events of one lane that an instance may deliver, oldest first, for as long as its lease lasts. */
export interface LaneClaim {
  readonly lane: number;
  /** Larger than that of any claim of the lane before. */
  readonly fence: number;
  /** How often the lane was claimed since a batch of it was last delivered; 1 is the first try. */
  readonly attempt: number;
  /** At least one. */
  readonly events: readonly StoredEvent[];
}

/** What became of a claimed batch. */
export type LaneOutcome =
  | { readonly kind: 'delivered' }
  /** Nobody claims the lane for `retryInMs`, then anybody may. */
  | { readonly kind: 'failed'; readonly retryInMs: number };

/** What waits in the outbox. */
export interface OutboxLag {
  /** How many events were not delivered yet. */
  readonly pending: number;
  /** For how long the one that happened first has been waiting, in milliseconds; `null` when none waits. */
  readonly oldestAgeMs: number | null;
}

/**
 * The outbox as its relays see it: events that were not delivered yet, in lanes, of which each instance takes one at a
 * time. All events of a subject are in one lane, so that lanes can be delivered side by side and order is kept.
 *
 * - Which events wait is decided by whether they were delivered, never by their ids alone: a transaction may commit
 *   after another that wrote later ids. Within one aggregate ids grow in the order of its commits.
 * - Leases are measured by the store's own clock. An instance whose lease ended cannot settle its batch any more; the
 *   events of it are delivered again.
 * - No transaction is held between `claim` and `settle`.
 */
export interface OutboxLanes {
  /**
   * Takes a lane that has events waiting and that nobody holds, for `leaseMs`, with up to `limit` of its oldest events;
   * `null` when there is none.
   */
  claim(request: {
    readonly owner: string;
    readonly leaseMs: number;
    readonly limit: number;
  }): Promise<LaneClaim | null>;
  /**
   * Marks a batch as delivered and gives the lane back, or keeps everybody from it for a pause; together, and only when
   * the claim is still the lane's last. Answers whether it was.
   */
  settle(claim: LaneClaim, outcome: LaneOutcome): Promise<boolean>;
  /** What waits now. */
  lag(): Promise<OutboxLag>;
}
