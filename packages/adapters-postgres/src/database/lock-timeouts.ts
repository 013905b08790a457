import { RowLockedError } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import { sqlState } from './failures.ts';
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

/** How to write the rows of a batch. */
interface LockRetry {
  /** Whether the first attempt skips locked rows; otherwise it waits for them, for {@link SHORT_LOCK_TIMEOUT_MS}. */
  readonly skipsLocked: boolean;
  /** The written tables: a lock on a whole table cannot be skipped; it is waited for without holding locks. */
  readonly tables: RawBuilder<unknown>;
}

/**
 * Runs the statement of a batch. On a lock timeout it repeats it with `skip locked`, which is 2 to 3 times slower. No
 * lock is kept between the attempts.
 *
 * @throws {RowLockedError} if something locked cannot be skipped
 */
export async function retrySkippingLocked<Result>(
  db: Sql,
  { skipsLocked, tables }: LockRetry,
  write: (skipsLocked: boolean) => Promise<Result>,
): Promise<{ readonly result: Result; readonly skipsLocked: boolean }> {
  await sql`savepoint before_batch`.execute(db);
  try {
    return { result: await write(skipsLocked), skipsLocked };
  } catch (error) {
    if (!isLockFailure(error)) throw error;
    if (skipsLocked) throw new RowLockedError('A row that a batch has to write', error);
  }
  await sql`rollback to savepoint before_batch`.execute(db);
  await waitForTableLocks(db, tables);
  return retrySkippingLocked(db, { skipsLocked: true, tables }, write);
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
