import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { Alert } from './alert.ts';
import type { PruneRequest, Prunable } from '../jobs/prunable.ts';

/** An alert that is owed to a channel, claimed by one instance for a while. */
export interface ClaimedAlert {
  readonly alert: Alert;
  readonly channel: string;
  /** How often it was claimed, this time included. An outcome counts only for the newest claim. */
  readonly attempt: number;
}

/** An alert and the channels that are to be told, each not before an instant. */
export interface RaisedAlert {
  readonly alert: Alert;
  readonly deliveries: readonly { readonly channel: string; readonly notBefore: Instant }[];
}

/** What came of telling a channel. `given-up` alerts are not tried again. */
export type AlertOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly error: string; readonly retryInMs: number }
  | { readonly kind: 'given-up'; readonly error: string };

/** How an alert stands with a channel. */
export interface AlertRecord {
  readonly alert: Alert;
  readonly channel: string;
  readonly status: 'owed' | 'delivered' | 'given-up';
  readonly attempts: number;
  readonly error: string | null;
}

/** What channels have not been told. By the store's clock. */
export interface AlertLag {
  /** How many times a channel is owed an alert: each channel counts for itself. Quiet hours that last count for nothing. */
  readonly owed: number;
  /** Since the first of these alerts was raised. Milliseconds; `null` when none is owed. */
  readonly oldestAgeMs: number | null;
}

/**
 * Which alerts were raised and who still has to be told: shared by all instances, so that each alert goes out once,
 * and kept, so that none is lost with the instance that noticed.
 *
 * Times are the store's clock. `alertLogContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface AlertLog extends Prunable {
  /** Keeps alerts, and owes them to their channels, inside the caller's transaction. A known key changes nothing. */
  raise(tx: Transaction, alerts: readonly RaisedAlert[]): Promise<void>;

  /**
   * Takes alerts that are owed to these channels, due, and not claimed by anybody whose lease runs: oldest first, at
   * most `limit`. Of each channel only alerts whose earlier ones about the same job or check are settled, so that nobody reads
   * of a recovery before the trouble.
   */
  claim(request: {
    readonly channels: readonly string[];
    readonly leaseMs: number;
    readonly limit: number;
  }): Promise<readonly ClaimedAlert[]>;

  /**
   * Notes what came of telling a channel of these alerts, the same of all. Alerts that somebody else has claimed since stay as they
   * are.
   */
  complete(owed: readonly ClaimedAlert[], outcome: AlertOutcome): Promise<void>;

  /** What is owed now: alerts that are due, or were tried before. */
  lag(): Promise<AlertLag>;

  /** Alerts by channel, newest first. */
  list(page: { readonly limit: number }): Promise<readonly AlertRecord[]>;

  /** Removes settled alerts raised before an instant, at most `limit`. Answers how many. */
  prune(tx: Transaction, cut: PruneRequest): Promise<number>;
}
