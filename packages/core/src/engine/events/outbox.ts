import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { DomainEvent } from './domain-event.ts';
import type { PruneRequest, Prunable } from '../jobs/prunable.ts';

/** An event as it stands in the outbox. */
export interface StoredEvent extends DomainEvent {
  /** Grows in the order in which events were written; text, because it may pass 2^53. */
  readonly id: string;
}

/** An event with what became of it. */
export interface OutboxEntry extends StoredEvent {
  /** When it was delivered to the bus; `null` while it waits. */
  readonly deliveredAt: Instant | null;
}

/**
 * Where events wait, written in the same transaction as the change that caused them.
 *
 * An event whose key is stored already is ignored: the same fact can be reported any number of times and is kept once.
 */
export interface Outbox extends Prunable {
  /** Writes events inside the caller's transaction. Answers how many were new. */
  append(tx: Transaction, events: readonly DomainEvent[]): Promise<number>;
  /** Up to `limit` events after the one with the id `after`, oldest first. */
  list(page: { readonly after?: string; readonly limit: number }): Promise<readonly StoredEvent[]>;
  /** Up to `limit` events before the one with the id `before`, newest first, with what became of them. */
  newest(page: { readonly before?: string; readonly limit: number }): Promise<readonly OutboxEntry[]>;
  /** How many events of each type were ever written and not yet pruned. */
  countByType(): Promise<Readonly<Record<string, number>>>;
  /**
   * Removes up to `limit` events that were delivered to the bus before an instant; those that still wait stay. Answers
   * how many. An event that is found out again after that is told again: keep them for longer than a run may be late.
   */
  prune(tx: Transaction, cut: PruneRequest): Promise<number>;
}
