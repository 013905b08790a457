import { TransactionConflictError, isGamekeeperError } from '@gamekeeper/core';
import { explained, sqlState } from './failures.ts';

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';

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

/** What a statement of ours threw, by name where there is one: a lost connection, a conflict. */
export function named(error: unknown): unknown {
  const reason = explained(error);
  return reason === error ? asConflict(error) : reason;
}

/** An error as {@link TransactionConflictError} where it is a conflict, and as it is otherwise. */
export function asConflict(error: unknown): unknown {
  if (error instanceof TransactionConflictError || !isConflict(error)) return error;
  return new TransactionConflictError('PostgreSQL', error);
}
