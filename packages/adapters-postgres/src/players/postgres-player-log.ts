import type { Transaction, UserId } from '@gamekeeper/core';
import type { LogCursor, LogEntry, PlayerLog, PruneRequest, RecordedEntry } from '@gamekeeper/core/ports';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { pruneRows } from '../database/prune-rows.ts';
import { appendLog } from './append-log.ts';
import { readLog } from './read-log.ts';

/** Players' logs on PostgreSQL. */
export class PostgresPlayerLog implements PlayerLog {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  append(tx: Transaction, entries: readonly RecordedEntry[]): Promise<void> {
    return this.#database.within(tx, (db) => appendLog(db, this.#database.tables, entries));
  }

  read(
    userId: UserId,
    page: { readonly before?: LogCursor; readonly limit: number },
  ): Promise<readonly LogEntry[]> {
    return this.#database.within(undefined, (db) => readLog(db, this.#database.tables, userId, page));
  }

  prune(tx: Transaction, cut: PruneRequest): Promise<number> {
    const { playerLog, streakLog } = this.#database.tables;
    return this.#database.within(tx, async (db) => {
      let pruned = 0;
      for (const table of [playerLog, streakLog]) {
        const limit = cut.limit - pruned;
        if (limit > 0) pruned += await pruneRows(db, table, 'recorded_at', { ...cut, limit });
      }
      return pruned;
    });
  }
}
