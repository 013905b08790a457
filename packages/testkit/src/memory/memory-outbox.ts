import type { DomainEvent, Outbox, StoredEvent, Transaction } from '@gamekeeper/core';
import { MemoryTable, type MemoryDatabase, type MemoryTransaction } from './memory-database.ts';

/** The outbox in memory. */
export class MemoryOutbox implements Outbox {
  readonly #database: MemoryDatabase;
  readonly #events = new MemoryTable<StoredEvent>();
  #lastId = 0;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  append(tx: Transaction, events: readonly DomainEvent[]): Promise<number> {
    return this.#database.within(tx, (open) => this.write(open, events));
  }

  /** Writes events for a repository that holds the transaction already. Answers how many were new. */
  write(tx: MemoryTransaction, events: readonly DomainEvent[]): number {
    const fresh = events.filter((event) => {
      if (this.#events.get(event.key)) return false;
      this.#events.set(tx, event.key, { ...event, id: String((this.#lastId += 1)) });
      tx.tell(event);
      return true;
    });
    return fresh.length;
  }

  list({
    after = '0',
    limit,
  }: {
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly StoredEvent[]> {
    return this.#database.within(undefined, () =>
      [...this.#events.values()]
        .filter((event) => Number(event.id) > Number(after))
        .sort((a, b) => Number(a.id) - Number(b.id))
        .slice(0, limit),
    );
  }

  countByType(): Promise<Readonly<Record<string, number>>> {
    return this.#database.within(undefined, () => {
      const counts: Record<string, number> = {};
      for (const { type } of this.#events.values()) counts[type] = (counts[type] ?? 0) + 1;
      return counts;
    });
  }
}
