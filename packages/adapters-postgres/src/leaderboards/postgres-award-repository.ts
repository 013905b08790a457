import type { Board, Transaction, UserId, XpAward } from '@gamekeeper/core';
import type { AwardOutcome, AwardRepository } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { whole, type Tables } from '../database/sql.ts';
import { lockOpenPeriods, recordAward } from './record-award.ts';

/** Awards on PostgreSQL. */
export class PostgresAwardRepository implements AwardRepository {
  readonly #database: PostgresDatabase;
  readonly #tables: Tables;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#tables = database.tables;
  }

  record(tx: Transaction, award: XpAward, boards: readonly Board[]): Promise<AwardOutcome> {
    return this.#database.within(tx, async (db) => {
      const filings = await lockOpenPeriods(db, this.#tables, this.#database.schema, boards, award);
      return recordAward(db, this.#tables, award, filings);
    });
  }

  async xpOf(userId: UserId, tx?: Transaction): Promise<number> {
    // Primary key; no locks.
    const { rows } = await this.#database.within(tx, (db) =>
      sql<{ readonly xp: number }>`
        select ${whole(sql`xp`)} as xp from ${this.#tables.progress} where user_id = ${userId}
      `.execute(db),
    );
    return rows[0]?.xp ?? 0;
  }
}
