import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';

/** What to remove: what is older than an instant, and how much of it at most. */
export interface PruneRequest {
  readonly before: Instant;
  readonly limit: number;
}

/** Something that grows with time and can be cut. */
export interface Prunable {
  /** Removes up to `limit` of what is older than an instant and not needed any more. Answers how many were removed. */
  prune(tx: Transaction, cut: PruneRequest): Promise<number>;
}
