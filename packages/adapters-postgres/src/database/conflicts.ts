import {
  RowLockedError,
  StatementTimeoutError,
  TransactionConflictError,
  isGamekeeperError,
} from '@gamekeeper/core';
import { isError } from '@gamekeeper/core/engine';
import { asUnavailable, sqlState } from './failures.ts';

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const QUERY_CANCELED = '57014';
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Whether your transaction failed because of a concurrent one: roll it back, and repeat all of it. True for {@link
 * TransactionConflictError} and `ConcurrentStartError`, and for errors of the driver or the ORM when your own
 * statements, or the commit, meet a conflict (SQLSTATE 40001 and 40P01).
 *
 * @example
 * for (let left = 5; ; left -= 1) {
 *   try {
 *     return await orm.em.fork().transactional(book, { isolationLevel: IsolationLevel.SERIALIZABLE });
 *   } catch (error) {
 *     if (left === 0 || !isTransactionConflict(error)) throw error;
 *   }
 * }
 */
export function isTransactionConflict(error: unknown): boolean {
  return isConflict(error) || (isGamekeeperError(error) && error.code === 'CONCURRENT_START');
}

/** Whether the database has rolled back a transaction, or will, because of another one. */
export function isConflict(error: unknown): boolean {
  for (let cause = error; isError(cause); cause = cause.cause) {
    // Other Gamekeeper errors may have such a cause, and have their own remedy.
    if (isGamekeeperError(cause)) return cause.code === 'TRANSACTION_CONFLICT';
    if ([SERIALIZATION_FAILURE, DEADLOCK_DETECTED].includes(sqlState(cause) ?? '')) return true;
  }
  return false;
}

/**
 * Translates a driver error into StoreUnavailableError, TransactionConflictError, StatementTimeoutError or
 * RowLockedError; returns any other error unchanged.
 */
export function asStoreError(error: unknown): unknown {
  const reason = asUnavailable(error);
  return reason === error ? asConflict(asTimeout(error)) : reason;
}

/** Translates an error of the session's `statement_timeout` or `lock_timeout`; returns any other error unchanged. */
export function asTimeout(error: unknown): unknown {
  if (isGamekeeperError(error)) return error;
  for (let cause = error; isError(cause); cause = cause.cause) {
    if (sqlState(cause) === QUERY_CANCELED) return new StatementTimeoutError('PostgreSQL', error);
    if (sqlState(cause) === LOCK_NOT_AVAILABLE)
      return new RowLockedError('A row that a statement has to write', error);
  }
  return error;
}

/** Returns a conflict as {@link TransactionConflictError}, and any other error unchanged. */
export function asConflict(error: unknown): unknown {
  if (error instanceof TransactionConflictError || !isConflict(error)) return error;
  return new TransactionConflictError('PostgreSQL', error);
}
