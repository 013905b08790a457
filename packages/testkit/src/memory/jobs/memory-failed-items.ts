import { iso, type FailedItem, type Instant, type Transaction } from '@gamekeeper/core';
import { type PruneRequest, type FailedItems } from '@gamekeeper/core/ports';
import { compareBytewise } from '@gamekeeper/core/game';
import { MemoryTable, type MemoryDatabase, type MemoryTransaction } from '../transactions/memory-database.ts';

/** Failed items in memory. */
export class MemoryFailedItems implements FailedItems {
  readonly #database: MemoryDatabase;
  readonly #items = new MemoryTable<FailedItem>();

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  record(tx: Transaction, failure: Omit<FailedItem, 'failedAt'>): Promise<void> {
    return this.#database.within(tx, (open) =>
      this.#items.set(open, key(failure), { ...failure, failedAt: this.#database.clock.now() }),
    );
  }

  list(
    { job, tick }: Parameters<FailedItems['list']>[0],
    { after, limit }: Parameters<FailedItems['list']>[1],
  ): Promise<readonly FailedItem[]> {
    return this.#database.within(undefined, () =>
      [...this.#items.values()]
        .filter((row) => row.job === job && (tick === undefined || row.tick === tick))
        .filter((row) => after === undefined || byPlace(row, after) > 0)
        .sort(byPlace)
        .slice(0, limit),
    );
  }

  /** Removes failures of an item, of whatever job. Returns whether there were any. */
  erase(tx: MemoryTransaction, item: string): boolean {
    const own = [...this.#items.values()].filter((row) => row.item === item);
    for (const row of own) this.#items.delete(tx, key(row));
    return own.length > 0;
  }

  remove(
    tx: Transaction,
    { items, ...of }: { readonly job: string; readonly tick: Instant; readonly items: readonly string[] },
  ): Promise<void> {
    return this.#database.within(tx, (open) => {
      for (const item of items) this.#items.delete(open, key({ ...of, item }));
    });
  }

  prune(tx: Transaction, { before, limit }: PruneRequest): Promise<number> {
    return this.#database.within(tx, (open) => {
      const old = [...this.#items.values()].filter(({ failedAt }) => failedAt < before).slice(0, limit);
      for (const row of old) this.#items.delete(open, key(row));
      return old.length;
    });
  }
}

type Place = Pick<FailedItem, 'tick' | 'item'>;

function byPlace(a: Place, b: Place): number {
  return b.tick - a.tick || compareBytewise(a.item, b.item);
}

function key({ job, tick, item }: Pick<FailedItem, 'job' | 'tick' | 'item'>): string {
  return `${job}@${iso(tick)} ${item}`;
}
