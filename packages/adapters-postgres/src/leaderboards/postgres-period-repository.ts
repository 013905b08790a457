import type { Board, Instant, PeriodRecord, Transaction } from '@gamekeeper/core';
import type { Period, PeriodRepository, ResolvedPeriod } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { LONG_LOCK_TIMEOUT_MS, restoringLockTimeout, withRowLockedError } from '../database/lock-timeouts.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { PostgresTransaction } from '../database/postgres-transaction.ts';
import { millis, whole, type Tables } from '../database/sql.ts';
import { findPeriod, openPeriod } from './open-period.ts';

/** The periods of boards on PostgreSQL. */
export class PostgresPeriodRepository implements PeriodRepository {
  readonly #database: PostgresDatabase;
  readonly #tables: Tables;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#tables = database.tables;
  }

  periodAt(board: Board, at: Instant, tx?: Transaction): Promise<ResolvedPeriod> {
    return this.#database.within(tx, async (db) => {
      const { period, isStored } = await findPeriod(db, this.#tables, board, at);
      return { period, isStored };
    });
  }

  /** A step of a reset: it waits only briefly for locks. */
  open(tx: Transaction, board: Board, at: Instant): Promise<Period> {
    return restoringLockTimeout(PostgresTransaction.of(tx), (db) =>
      withRowLockedError('The next period', () =>
        openPeriod(db, this.#tables, board, at, LONG_LOCK_TIMEOUT_MS),
      ),
    );
  }

  async find(board: Board, key: string): Promise<PeriodRecord | null> {
    const [row] = await this.#select(board, sql`and period = ${key}`);
    return row ?? null;
  }

  list(
    board: Board,
    { before, limit }: { readonly before?: string; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly PeriodRecord[]> {
    const { periods } = this.#tables;
    const start = sql`(select starts_at from ${periods} where board = ${board.key} and period = ${before})`;
    const until = before === undefined ? sql`` : sql`and starts_at < ${start}`;
    // The index on periods, backwards.
    return this.#select(board, sql`${until} order by starts_at desc limit ${limit}`, tx);
  }

  async #select(board: Board, rest: RawBuilder<unknown>, tx?: Transaction): Promise<readonly PeriodRecord[]> {
    const { rows } = await this.#database.within(tx, (db) =>
      sql<PeriodRecord>`
        select period as key, ${millis('starts_at')} as "startsAt", ${millis('ends_at')} as "endsAt",
          ${millis('sealed_at')} as "sealedAt", ${whole(sql`players`)} as players, ${millis('reset_at')} as "resetAt"
        from ${this.#tables.periods} where board = ${board.key} ${rest}
      `.execute(db),
    );
    return rows;
  }
}
