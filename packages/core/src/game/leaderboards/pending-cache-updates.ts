import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { UserId } from '../players/ids.ts';
import type { Period } from './period.ts';
import type { NamedScore } from './standing.ts';

/** What a transaction changed on the boards: scores of a player, or the name. */
export type CacheUpdate =
  | {
      readonly kind: 'scores';
      readonly userId: UserId;
      /** The scores after the change; a board by its key, since its definition is the host's. */
      readonly scores: readonly {
        readonly board: string;
        readonly period: Period;
        readonly score: NamedScore;
      }[];
    }
  | { readonly kind: 'name'; readonly userId: UserId };

/** A committed update that the leaderboard cache has not confirmed yet. */
export interface PendingCacheUpdate {
  /** Unique and never used again. */
  readonly id: string;
  readonly update: CacheUpdate;
}

/**
 * The updates of the leaderboard cache that hosts' transactions have committed: kept with the change, so that a process
 * that dies right after the commit loses none. An update may be applied more than once, and by several instances.
 *
 * `pendingCacheUpdatesContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface PendingCacheUpdates {
  /** Keeps an update if the transaction commits. Instants and scores are kept exactly. */
  append(tx: Transaction, update: CacheUpdate): Promise<void>;

  /** Returns committed updates in the order in which they were written, at most `limit`. */
  list(limit: number): Promise<readonly PendingCacheUpdate[]>;

  /** Removes updates. Ids that are unknown or removed already are ignored. */
  remove(ids: readonly string[]): Promise<void>;
}
