import { RowLockedError } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import { isUniqueViolation, sqlState } from './failures.ts';
import type { PostgresTransaction, Sql } from './postgres-transaction.ts';

/** Lock timeout of a transaction that holds rows which players may need. Milliseconds. */
export const SHORT_LOCK_TIMEOUT_MS = 100;
/** Lock timeout of a transaction that holds no locks. Both are below the server's `deadlock_timeout`. Milliseconds. */
export const LONG_LOCK_TIMEOUT_MS = 900;

const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK_DETECTED = '40P01';

/** Whether a statement ended because of its lock timeout. */
export function isLockFailure(error: unknown): boolean {
  return [LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED].includes(sqlState(driversError(error)) ?? '');
}

/** Returns an expression that sets the lock timeout until the transaction ends, for use in another statement. */
export function lockTimeout(ms: number): RawBuilder<unknown> {
  return sql`pg_catalog.set_config('lock_timeout', ${String(ms)}, true)`;
}

function driversError(error: unknown): unknown {
  return error instanceof RowLockedError ? error.cause : error;
}

/** Returns {@link lockTimeout} as a condition that is always true and is evaluated before its statement finds a row. */
export function lockTimeoutCondition(ms: number): RawBuilder<unknown> {
  return sql`(select ${lockTimeout(ms)}) is not null`;
}

/**
 * Runs a statement with a lock timeout.
 *
 * @throws {RowLockedError} after the lock timeout; the statement is rolled back
 */
export async function withRowLockedError<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw isLockFailure(error) ? new RowLockedError(what, driversError(error)) : error;
  }
}

/** The form of a statement that changes many rows. */
export interface WriteMode {
  /** Skips locked rows; otherwise it waits for them, for {@link SHORT_LOCK_TIMEOUT_MS}. */
  readonly skipsLocked: boolean;
  /** The end of an insert of rows that are almost certainly new: nothing, or `on conflict do nothing`. */
  readonly onConflict: RawBuilder<unknown>;
}

/**
 * Tries the cheapest form of the statement first. On a unique violation it retries with `on conflict do nothing`; on a
 * lock timeout it retries with `skip locked` (2 to 3 times slower). No lock is kept between the attempts.
 *
 * @param tables the written tables: a lock on a whole table cannot be skipped; it waits for it without holding locks
 * @throws {RowLockedError} if something locked cannot be skipped, such as the key of an event
 */
export async function retrySkippingLocked<Result>(
  db: Sql,
  {
    first,
    passOver,
    tables,
  }: { first: WriteMode; passOver: RawBuilder<unknown>; tables: RawBuilder<unknown> },
  write: (form: WriteMode) => Promise<Result>,
): Promise<{ readonly result: Result; readonly form: WriteMode }> {
  await sql`savepoint before_batch`.execute(db);
  for (let form = first; ;) {
    try {
      return { result: await write(form), form };
    } catch (error) {
      const isLocked = isLockFailure(error);
      if (isLocked && form.skipsLocked) throw new RowLockedError('A row that a batch has to write', error);
      if (!isLocked && (form.onConflict === passOver || !isUniqueViolation(error))) throw error;
      form = { onConflict: passOver, skipsLocked: isLocked };
      await sql`rollback to savepoint before_batch`.execute(db);
      if (isLocked) await waitForTableLocks(db, tables);
    }
  }
}

/** Runs `work` after a savepoint. On a lock timeout, rolls back to it and returns `{ locked: error }`. */
export async function tryUnlessLocked<Result>(
  db: Sql,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result } | { readonly locked: unknown }> {
  await sql`savepoint before_wait`.execute(db);
  try {
    return { result: await work() };
  } catch (error) {
    if (!isLockFailure(error)) throw error;
    await sql`rollback to savepoint before_wait`.execute(db);
    return { locked: error };
  }
}

/** Restores the lock timeout of a transaction of the host; our own transactions end soon. */
export async function restoringLockTimeout<Result>(
  tx: PostgresTransaction,
  work: (db: Sql) => Promise<Result>,
): Promise<Result> {
  if (!tx.isHostOwned) return tx.within(work);
  return tx.within(async (db) => {
    const { rows } = await sql<{
      ms: string;
    }>`select pg_catalog.current_setting('lock_timeout') as ms`.execute(db);
    const result = await work(db);
    await sql`select pg_catalog.set_config('lock_timeout', ${rows[0]!.ms}, true)`.execute(db);
    return result;
  });
}

async function waitForTableLocks(db: Sql, tables: RawBuilder<unknown>): Promise<void> {
  await sql`select ${lockTimeout(0)}`.execute(db);
  await sql`lock table ${tables} in row exclusive mode`.execute(db);
}
