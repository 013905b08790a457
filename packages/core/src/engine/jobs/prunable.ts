import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';

/** What to remove: rows older than an instant, at most `limit` of them. */
export interface PruneRequest {
  readonly before: Instant;
  readonly limit: number;
}

/** Data that grows with time and can be pruned. */
export interface Prunable {
  /** Removes up to `limit` rows that are older than an instant and no longer needed. Returns how many. */
  prune(tx: Transaction, cut: PruneRequest): Promise<number>;
}
