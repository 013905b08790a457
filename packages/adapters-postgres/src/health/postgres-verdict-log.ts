import type { Transaction } from '@gamekeeper/core';
import type { VerdictChange, VerdictLog, VerdictRecord } from '@gamekeeper/core/ports';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { readVerdicts } from './read-verdicts.ts';
import { recordVerdicts } from './record-verdicts.ts';

/** The log of verdicts on PostgreSQL. */
export class PostgresVerdictLog implements VerdictLog {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  record(tx: Transaction, changes: readonly VerdictChange[]): Promise<readonly string[]> {
    return this.#database.within(tx, (db) => recordVerdicts(db, this.#database.tables, changes));
  }

  list(subjects: readonly string[], tx?: Transaction): Promise<readonly VerdictRecord[]> {
    return this.#database.within(tx, (db) => readVerdicts(db, this.#database.tables, subjects));
  }
}
