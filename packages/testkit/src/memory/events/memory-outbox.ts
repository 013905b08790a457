import type { DomainEvent, Instant, OutboxEntry, Transaction } from '@gamekeeper/core';
import type { PruneRequest, Outbox, StoredEvent } from '@gamekeeper/core/ports';
import { MemoryTable, type MemoryDatabase, type MemoryTransaction } from '../transactions/memory-database.ts';

/** The outbox in memory. */
export class MemoryOutbox implements Outbox {
  readonly #database: MemoryDatabase;
  readonly #events = new MemoryTable<StoredEvent>();
  /** When each event was written, by its key. */
  readonly #writtenAt = new MemoryTable<Instant>();
  /** When each event was delivered, by its key. */
  readonly #deliveredAt = new MemoryTable<Instant>();
  #lastId = 0;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  append(tx: Transaction, events: readonly DomainEvent[]): Promise<number> {
    return this.#database.within(tx, (open) => this.write(open, events));
  }

  /** Writes events for a repository that already holds the transaction. Returns how many were new. */
  write(tx: MemoryTransaction, events: readonly DomainEvent[]): number {
    const fresh = events.filter((event) => {
      if (this.#events.get(event.key)) return false;
      this.#events.set(tx, event.key, { ...event, id: String((this.#lastId += 1)) });
      this.#writtenAt.set(tx, event.key, this.#database.clock.now());
      tx.tell(event);
      return true;
    });
    return fresh.length;
  }

  /** Removes a player's events, except those of an erasure. Returns whether there were any. */
  erase(tx: MemoryTransaction, userId: string): boolean {
    const own = [...this.#events.values()].filter(
      ({ type, payload }) => payload['userId'] === userId && type !== 'PlayerErased',
    );
    for (const { key } of own) {
      this.#events.delete(tx, key);
      this.#writtenAt.delete(tx, key);
      this.#deliveredAt.delete(tx, key);
    }
    return own.length > 0;
  }

  list({
    after = '0',
    limit,
  }: {
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly StoredEvent[]> {
    return this.#database.within(undefined, () =>
      this.#inOrder()
        .filter((event) => Number(event.id) > Number(after))
        .slice(0, limit),
    );
  }

  newest({
    before = 'Infinity',
    limit,
  }: {
    readonly before?: string;
    readonly limit: number;
  }): Promise<readonly OutboxEntry[]> {
    return this.#database.within(undefined, () =>
      this.#inOrder()
        .filter((event) => Number(event.id) < Number(before))
        .reverse()
        .slice(0, limit)
        .map((event) => ({ ...event, deliveredAt: this.#deliveredAt.get(event.key) ?? null })),
    );
  }

  countByType(): Promise<Readonly<Record<string, number>>> {
    return this.#database.within(undefined, () => {
      const counts: Record<string, number> = {};
      for (const { type } of this.#events.values()) counts[type] = (counts[type] ?? 0) + 1;
      return counts;
    });
  }

  prune(tx: Transaction, { before, limit }: PruneRequest): Promise<number> {
    return this.#database.within(tx, (open) => {
      const old = this.#inOrder()
        .filter(({ key }) => (this.#deliveredAt.get(key) ?? before) < before)
        .slice(0, limit);
      for (const { key } of old) {
        this.#events.delete(open, key);
        this.#writtenAt.delete(open, key);
        this.#deliveredAt.delete(open, key);
      }
      return old.length;
    });
  }

  /** Returns the undelivered events, oldest first. */
  waiting(): readonly StoredEvent[] {
    return this.#inOrder().filter(({ key }) => this.#deliveredAt.get(key) === undefined);
  }

  /** Returns when an undelivered event was written. */
  writtenAt(key: string): Instant {
    return this.#writtenAt.get(key)!;
  }

  /** Marks events as delivered; those already marked do not change. */
  markDelivered(tx: MemoryTransaction, events: readonly StoredEvent[], at: Instant): void {
    for (const { key } of events) {
      if (this.#events.get(key) && this.#deliveredAt.get(key) === undefined)
        this.#deliveredAt.set(tx, key, at);
    }
  }

  #inOrder(): StoredEvent[] {
    return [...this.#events.values()].sort((a, b) => Number(a.id) - Number(b.id));
  }
}
