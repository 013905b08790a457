import type { Transaction } from '@gamekeeper/core';
import type {
  ActionLog,
  NewOperatorAction,
  OperatorAction,
  OperatorActionEnd,
  OperatorActionsPage,
  PruneRequest,
} from '@gamekeeper/core/ports';
import { MemoryTable, type MemoryDatabase } from '../transactions/memory-database.ts';

/** What operators do, in memory. Times use the database's clock. */
export class MemoryActionLog implements ActionLog {
  readonly #database: MemoryDatabase;
  readonly #rows = new MemoryTable<OperatorAction>();
  #lastPosition = 0;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  begin(action: NewOperatorAction): Promise<boolean> {
    return this.#database.within(undefined, (tx) => {
      if (this.#rows.get(action.id)) return false;
      this.#rows.set(tx, action.id, {
        ...action,
        position: String((this.#lastPosition += 1)),
        status: 'begun',
        result: null,
        begunAt: this.#database.clock.now(),
        endedAt: null,
      });
      return true;
    });
  }

  end(id: string, end: OperatorActionEnd): Promise<void> {
    return this.#database.within(undefined, (tx) => {
      const row = this.#rows.get(id);
      if (row?.status !== 'begun') return;
      this.#rows.set(tx, id, { ...row, ...end, endedAt: this.#database.clock.now() });
    });
  }

  find(id: string): Promise<OperatorAction | null> {
    return this.#database.within(undefined, () => this.#rows.get(id) ?? null);
  }

  list({ subject, before, limit }: OperatorActionsPage): Promise<readonly OperatorAction[]> {
    return this.#database.within(undefined, () =>
      [...this.#rows.values()]
        .filter((row) => subject === undefined || row.subject === subject)
        .filter((row) => before === undefined || Number(row.position) < Number(before))
        .sort((a, b) => Number(b.position) - Number(a.position))
        .slice(0, limit),
    );
  }

  prune(tx: Transaction, { before, limit }: PruneRequest): Promise<number> {
    return this.#database.within(tx, (open) => {
      const old = [...this.#rows.values()].filter(({ begunAt }) => begunAt < before).slice(0, limit);
      for (const { id } of old) this.#rows.delete(open, id);
      return old.length;
    });
  }
}
