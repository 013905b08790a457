import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions.ts';

/** Something that grows with time and can be cut. */
export interface Prunable {
  /** Removes up to `limit` of what is older than an instant and not needed any more. Answers how many were removed. */
  prune(tx: Transaction, cut: { readonly before: Instant; readonly limit: number }): Promise<number>;
}
