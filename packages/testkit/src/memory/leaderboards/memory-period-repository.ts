import type { Board, Instant, PeriodRecord, Transaction } from '@gamekeeper/core';
import type { Period, PeriodRepository, ResolvedPeriod } from '@gamekeeper/core/ports';
import { boardKey as key, type MemoryBoardTables, type PeriodRow } from './memory-board-tables.ts';

/** The periods of boards in memory. */
export class MemoryPeriodRepository implements PeriodRepository {
  readonly #tables: MemoryBoardTables;

  constructor(tables: MemoryBoardTables) {
    this.#tables = tables;
  }

  periodAt(board: Board, at: Instant, tx?: Transaction): Promise<ResolvedPeriod> {
    return this.#tables.database.within(tx, () => this.#tables.periodAt(board, at));
  }

  open(tx: Transaction, board: Board, at: Instant): Promise<Period> {
    return this.#tables.database.within(tx, (open) => {
      const { period } = this.#tables.periodAt(board, at);
      this.#tables.openPeriod(open, { board, period });
      return period;
    });
  }

  find(board: Board, periodKey: string): Promise<PeriodRecord | null> {
    return this.#tables.database.within(undefined, () => {
      const row = this.#tables.periods.get(key(board, periodKey));
      return row ? recordOf(row) : null;
    });
  }

  list(
    board: Board,
    { before, limit }: { readonly before?: string; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly PeriodRecord[]> {
    return this.#tables.database.within(tx, () => {
      const newestFirst = this.#tables.periodsOf(board).reverse();
      const from = before === undefined ? 0 : newestFirst.findIndex(({ key: own }) => own === before) + 1;
      if (before !== undefined && from === 0) return [];
      return newestFirst.slice(from, from + limit).map(recordOf);
    });
  }
}

function recordOf({ board: _board, ...record }: PeriodRow): PeriodRecord {
  return record;
}
