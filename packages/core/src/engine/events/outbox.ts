import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { DomainEvent } from './domain-event.ts';
import type { PruneRequest, Prunable } from '../jobs/prunable.ts';

/** An event as stored in the outbox. */
export interface StoredEvent extends DomainEvent {
  /** Grows in the order in which events were written; text, because it may pass 2^53. */
  readonly id: string;
}

/** An event and its delivery. */
export interface OutboxEntry extends StoredEvent {
  /** When it was delivered to the bus; `null` while it waits. */
  readonly deliveredAt: Instant | null;
}

/**
 * Stores events until delivery, in the same transaction as the change that caused them.
 *
 * An event whose key is already stored is ignored: the same fact can be reported any number of times and is stored
 * once.
 */
export interface Outbox extends Prunable {
  /** Writes events inside the caller's transaction. Returns how many were new. */
  append(tx: Transaction, events: readonly DomainEvent[]): Promise<number>;
  /** Returns up to `limit` events after the one with the id `after`, oldest first. */
  list(page: { readonly after?: string; readonly limit: number }): Promise<readonly StoredEvent[]>;
  /** Returns up to `limit` events before the one with the id `before`, newest first, with their delivery. */
  newest(page: { readonly before?: string; readonly limit: number }): Promise<readonly OutboxEntry[]>;
  /** Returns how many events of each type are stored (written and not yet pruned). */
  countByType(): Promise<Readonly<Record<string, number>>>;
  /**
   * Removes up to `limit` events that were delivered to the bus before an instant; undelivered ones stay. Returns how
   * many. If the same fact is reported again after that, it is delivered again: keep events for longer than a run may
   * be late.
   */
  prune(tx: Transaction, cut: PruneRequest): Promise<number>;
}
