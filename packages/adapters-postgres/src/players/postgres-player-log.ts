import type { Transaction, UserId } from '@gamekeeper/core';
import type { LogCursor, LogEntry, PlayerLog, PruneRequest, RecordedEntry } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { timestamp } from '../database/sql.ts';
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

  /** Index on the age; locks the removed rows, and skips locked ones. */
  async prune(tx: Transaction, { before, limit }: PruneRequest): Promise<number> {
    const { playerLog } = this.#database.tables;
    const pruned = await this.#database.within(tx, (db) =>
      sql`
        delete from ${playerLog} where ctid = any (array(
          select ctid from ${playerLog} where recorded_at < ${timestamp(before)} order by recorded_at limit ${limit}
          for update skip locked
        ))
      `.execute(db),
    );
    return Number(pruned.numAffectedRows ?? 0);
  }
}
