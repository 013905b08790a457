import { RowLockedError } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import { isUniqueViolation, sqlState } from './failures.ts';
import type { PostgresTransaction, Sql } from './postgres-transaction.ts';

/** For how long a transaction waits for a lock while it holds rows that players may want. Milliseconds. */
export const SHORT_LOCK_TIMEOUT_MS = 100;
/** For how long it waits while it holds nothing. Below the server's `deadlock_timeout`, as the other one is. */
export const LONG_LOCK_TIMEOUT_MS = 900;

const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK_DETECTED = '40P01';

/** Whether a statement was ended because it waited for somebody else's lock. */
export function isLockFailure(error: unknown): boolean {
  return [LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED].includes(sqlState(driversError(error)) ?? '');
}

/** Bounds each wait for a lock until the transaction ends. An expression, for a statement that is sent anyway. */
export function lockTimeout(ms: number): RawBuilder<unknown> {
  return sql`pg_catalog.set_config('lock_timeout', ${String(ms)}, true)`;
}

function driversError(error: unknown): unknown {
  return error instanceof RowLockedError ? error.cause : error;
}

/** {@link lockTimeout} as a condition that is always true, and evaluated before its statement finds any row. */
export function lockTimeoutCondition(ms: number): RawBuilder<unknown> {
  return sql`(select ${lockTimeout(ms)}) is not null`;
}

/** Carries out a statement that is bounded. @throws {RowLockedError} when it waited in vain; it is undone as a whole */
export async function withRowLockedError<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw isLockFailure(error) ? new RowLockedError(what, driversError(error)) : error;
  }
}

/** How a statement that changes many rows is written. */
export interface WriteMode {
  /** Passes over rows that are locked; otherwise it waits for them, for {@link SHORT_LOCK_TIMEOUT_MS}. */
  readonly skipsLocked: boolean;
  /** What ends an insert of rows that are almost certainly new: nothing, or `on conflict do nothing`. */
  readonly onConflict: RawBuilder<unknown>;
}

/**
 * Writes in the form that costs least, and again in others as it fails: where a row is known that was taken for new,
 * with a look for each; where a row is locked, without those that are, which costs two or three times as much. Nothing
 * is held in between.
 *
 * @param tables those that it writes: a lock of a whole table cannot be passed over, and is waited for with empty hands
 * @throws {RowLockedError} when something is locked that cannot be passed over, such as the key of an event
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
      if (isLocked && form.skipsLocked) throw new RowLockedError('What a batch has to write', error);
      if (!isLocked && (form.onConflict === passOver || !isUniqueViolation(error))) throw error;
      form = { onConflict: passOver, skipsLocked: isLocked };
      await sql`rollback to savepoint before_batch`.execute(db);
      if (isLocked) await waitForTableLocks(db, tables);
    }
  }
}

/** Does one thing, or takes it back and gives `undefined` when it waited in vain for a lock. */
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

/** Work that bounds its waits leaves a transaction of the host's as it found it; one of ours ends soon. */
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
