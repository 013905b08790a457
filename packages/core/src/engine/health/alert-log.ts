import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { Alert } from './alert.ts';
import type { PruneRequest, Prunable } from '../jobs/prunable.ts';

/** An alert to be delivered to a channel, claimed by one instance until its lease expires. */
export interface ClaimedAlert {
  readonly alert: Alert;
  readonly channel: string;
  /** How many times it was claimed, including this one. An outcome counts only for the newest claim. */
  readonly attempt: number;
}

/** An alert and the channels to deliver it to, each not before an instant. */
export interface RaisedAlert {
  readonly alert: Alert;
  readonly deliveries: readonly { readonly channel: string; readonly notBefore: Instant }[];
}

/** The outcome of delivering to a channel. `given-up` alerts are not retried. */
export type AlertOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly error: string; readonly retryInMs: number }
  | { readonly kind: 'given-up'; readonly error: string };

/** The delivery state of an alert for a channel. */
export interface AlertRecord {
  readonly alert: Alert;
  readonly channel: string;
  readonly status: 'owed' | 'delivered' | 'given-up';
  readonly attempts: number;
  readonly error: string | null;
}

/** Undelivered alerts. By the store's clock. */
export interface AlertLag {
  /**
   * The number of pending deliveries: each channel counts separately. Deliveries held back by quiet hours do not
   * count.
   */
  readonly owed: number;
  /** Time since the first of these alerts was raised. Milliseconds; `null` if none is pending. */
  readonly oldestAgeMs: number | null;
}

/**
 * Stores which alerts were raised and which channels they still have to be delivered to. Shared by all instances, so
 * that each alert is sent once; stored, so that none is lost with the instance that raised it.
 *
 * Times use the store's clock. `alertLogContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface AlertLog extends Prunable {
  /** Stores alerts and their pending deliveries inside the caller's transaction. Does nothing for a known key. */
  raise(tx: Transaction, alerts: readonly RaisedAlert[]): Promise<void>;

  /**
   * Claims pending deliveries to these channels that are due and not leased to another instance: oldest first, at most
   * `limit`. An alert is claimed only after all earlier alerts about the same job or check are completed for that
   * channel, so that a recovery never arrives before its problem.
   */
  claim(request: {
    readonly channels: readonly string[];
    readonly leaseMs: number;
    readonly limit: number;
  }): Promise<readonly ClaimedAlert[]>;

  /** Records one outcome for these deliveries. Those that another instance has claimed since are not changed. */
  complete(owed: readonly ClaimedAlert[], outcome: AlertOutcome): Promise<void>;

  /** Returns what is pending now: deliveries that are due, or were attempted before. */
  lag(): Promise<AlertLag>;

  /** Returns alerts by channel, newest first. */
  list(page: { readonly limit: number }): Promise<readonly AlertRecord[]>;

  /** Removes completed alerts raised before an instant, at most `limit`. Returns how many. */
  prune(tx: Transaction, cut: PruneRequest): Promise<number>;
}
