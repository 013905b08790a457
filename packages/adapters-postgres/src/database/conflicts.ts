import {
  RowLockedError,
  StatementTimeoutError,
  TransactionConflictError,
  isGamekeeperError,
} from '@gamekeeper/core';
import { asUnavailable, sqlState } from './failures.ts';

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const QUERY_CANCELED = '57014';
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Whether a transaction of yours failed because of another one at the same time: undo it, and repeat the whole of it.
 * True for {@link TransactionConflictError} and `ConcurrentStartError`, and for what the driver or the ORM throws when
 * statements of your own, or the commit, meet a conflict (SQLSTATE 40001 and 40P01).
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

/** Whether the database has undone, or will undo, a transaction for the sake of another one. */
export function isConflict(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    // Other errors of ours may have such a cause, and say what is to be done about it.
    if (isGamekeeperError(cause)) return cause.code === 'TRANSACTION_CONFLICT';
    if ([SERIALIZATION_FAILURE, DEADLOCK_DETECTED].includes(sqlState(cause) ?? '')) return true;
  }
  return false;
}

/** What a statement of ours threw, by name where there is one: a lost connection, a conflict, a time limit. */
export function asStoreError(error: unknown): unknown {
  const reason = asUnavailable(error);
  return reason === error ? asConflict(asTimeout(error)) : reason;
}

/** An error by name where a time limit of the session's (`statement_timeout`, `lock_timeout`) ended the statement. */
export function asTimeout(error: unknown): unknown {
  if (isGamekeeperError(error)) return error;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (sqlState(cause) === QUERY_CANCELED) return new StatementTimeoutError('PostgreSQL', error);
    if (sqlState(cause) === LOCK_NOT_AVAILABLE)
      return new RowLockedError('What a statement has to write', error);
  }
  return error;
}

/** An error as {@link TransactionConflictError} where it is a conflict, and as it is otherwise. */
export function asConflict(error: unknown): unknown {
  if (error instanceof TransactionConflictError || !isConflict(error)) return error;
  return new TransactionConflictError('PostgreSQL', error);
}
