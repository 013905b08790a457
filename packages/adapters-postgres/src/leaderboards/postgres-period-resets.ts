import type { BatchProgress, Board, Instant, Transaction } from '@gamekeeper/core';
import type { BoundedPeriod, PeriodResets, ResetBatch, UnfinishedPeriod } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { restoringLockTimeout, withRowLockedError } from '../database/lock-timeouts.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { PostgresTransaction, type Sql } from '../database/postgres-transaction.ts';
import { millis, timestamp, whole, type Tables } from '../database/sql.ts';
import { carryOverBatch } from './carry-over.ts';
import { lockOpenings } from './open-period.ts';
import { lockPeriodForSeal } from './hold-periods.ts';
import { archiveBatch, clearBatch } from './reset-period.ts';

/** The steps of resets on PostgreSQL. */
export class PostgresPeriodResets implements PeriodResets {
  readonly #database: PostgresDatabase;
  readonly #tables: Tables;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#tables = database.tables;
  }

  unfinished(board: Board, through: Instant, tx?: Transaction): Promise<readonly UnfinishedPeriod[]> {
    // The board's part of the primary key: a row for each of its periods.
    return this.#execute(
      sql`
        select period as key, ${millis('starts_at')} as "startsAt", ${millis('ends_at')} as "endsAt",
          ${millis('sealed_at')} as "sealedAt", ${whole(sql`players`)} as players
        from ${this.#tables.periods}
        where board = ${board.key} and reset_at is null and ends_at <= ${timestamp(through)} order by starts_at
      `,
      tx,
    );
  }

  async seal(
    tx: Transaction,
    { board, period }: { readonly board: Board; readonly period: BoundedPeriod },
    tick: Instant,
    { dryRun = false }: { readonly dryRun?: boolean } = {},
  ): Promise<boolean> {
    // Primary key; locks the row of the period.
    const sealing = sql`
      update ${this.#tables.periods} set sealed_at = ${timestamp(tick)}
      where board = ${board.key} and period = ${period.key} and sealed_at is null
        and (${dryRun}::boolean or ends_at <= ${this.#tables.now})
      returning 1 as sealed
    `;
    return this.#step(tx, async (db) => {
      await lockPeriodForSeal(db, this.#database.schema, board.key, period.key);
      // A concurrent opening of an earlier period either has committed before, so that the reset sees it, or comes
      // later and does not open that period.
      await withRowLockedError(`The periods of ${board.key}`, () => lockOpenings(db, this.#tables, board));
      const sealed = await withRowLockedError('The period', () => sealing.execute(db));
      return sealed.rows.length === 1;
    });
  }

  async archive(tx: Transaction, batch: ResetBatch): Promise<BatchProgress> {
    return this.#step(tx, (db) => archiveBatch(db, this.#database, batch));
  }

  async carryOver(
    tx: Transaction,
    batch: ResetBatch & { readonly to: BoundedPeriod },
  ): Promise<BatchProgress> {
    return this.#step(tx, (db) => carryOverBatch(db, this.#database.schema, this.#tables, batch));
  }

  async clear(tx: Transaction, batch: ResetBatch): Promise<BatchProgress> {
    return this.#step(tx, (db) => clearBatch(db, this.#tables, batch));
  }

  async finish(
    tx: Transaction,
    { board, period }: { readonly board: Board; readonly period: BoundedPeriod },
    tick: Instant,
  ): Promise<void> {
    // Primary key; locks the row of the period.
    await this.#execute(
      sql`
        update ${this.#tables.periods} set reset_at = ${timestamp(tick)}
        where board = ${board.key} and period = ${period.key} and reset_at is null
      `,
      tx,
    );
  }

  /** A step of a reset: it waits only briefly for locks. */
  #step<Result>(tx: Transaction, work: (db: Sql) => Promise<Result>): Promise<Result> {
    return restoringLockTimeout(PostgresTransaction.of(tx), work);
  }

  async #execute<Row>(statement: RawBuilder<unknown>, tx?: Transaction): Promise<readonly Row[]> {
    const { rows } = await this.#database.within(tx, (db) => statement.execute(db));
    return rows as Row[];
  }
}
