import type { Transaction, UserId } from '@gamekeeper/core';
import type { CacheUpdate, PendingCacheUpdate, PendingCacheUpdates } from '@gamekeeper/core/ports';
import { MemoryTable, type MemoryDatabase, type MemoryTransaction } from '../transactions/memory-database.ts';

/** Pending updates of the leaderboard cache in memory. */
export class MemoryPendingCacheUpdates implements PendingCacheUpdates {
  readonly #database: MemoryDatabase;
  readonly #rows = new MemoryTable<PendingCacheUpdate>();
  #lastId = 0;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  append(tx: Transaction, update: CacheUpdate): Promise<void> {
    return this.#database.within(tx, (open) => {
      this.#lastId += 1;
      const id = String(this.#lastId);
      this.#rows.set(open, id, { id, update: structuredClone(update) });
    });
  }

  list(limit: number): Promise<readonly PendingCacheUpdate[]> {
    return this.#database.within(undefined, () =>
      [...this.#rows.values()].sort((a, b) => Number(a.id) - Number(b.id)).slice(0, limit),
    );
  }

  remove(ids: readonly string[]): Promise<void> {
    return this.#database.within(undefined, (open) => {
      for (const id of ids) if (this.#rows.get(id)) this.#rows.delete(open, id);
    });
  }

  /** Removes the updates of a player. Returns whether there were any. */
  erase(tx: MemoryTransaction, userId: UserId): boolean {
    const own = [...this.#rows.values()].filter(({ update }) => update.userId === userId);
    for (const { id } of own) this.#rows.delete(tx, id);
    return own.length > 0;
  }
}
