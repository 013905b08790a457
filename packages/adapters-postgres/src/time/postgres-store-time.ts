import type { Instant } from '@gamekeeper/core';
import type { StoreTime } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { millis } from '../database/sql.ts';

/** The database's clock, or the pinned clock. */
export class PostgresStoreTime implements StoreTime {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async now(): Promise<Instant> {
    // No table, no locks.
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<{ readonly now: Instant }>`
        select ${millis('at')} as now from ${this.#database.tables.now} as at
      `.execute(db),
    );
    return rows[0]!.now;
  }
}
