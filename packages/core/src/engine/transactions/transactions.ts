import { GamekeeperError } from '../common/errors.ts';
import { errorText } from '../secrets/error-text.ts';
import type { DomainEvent } from '../events/domain-event.ts';

declare const brand: unique symbol;

/**
 * An open transaction of one store, opaque to core. Pass it to every call that must be committed or rolled back
 * together. Calls reject it once the work that it was opened for has ended ({@link TransactionEndedError}).
 */
export interface Transaction {
  readonly [brand]?: never;
  /** The technology of its store, for error messages. */
  readonly store: string;
  /**
   * `false` until a call has used the transaction: it then holds no locks and has no snapshot. Any other value, or
   * none, means that it may have been used; the fence must then be checked before the commit.
   */
  readonly touched?: boolean;
}

/** Returns whether a transaction may have been used: `true` unless `touched` is `false`. */
export function isTouched({ touched }: Transaction): boolean {
  return touched !== false;
}

/**
 * Opens transactions on the store that all repositories of one host share.
 *
 * Inside the work, pass `tx` to every call. A call without it opens another transaction, which may wait for this one
 * forever (the embedded database and the in-memory store have a single connection).
 */
export interface Transactions {
  /**
   * Runs the work in a transaction: commits when it resolves, rolls back when it throws.
   *
   * On a conflict with another transaction, the store runs the work again from the beginning with a new `tx`, a few
   * times. Side effects outside of the transaction may therefore happen more than once.
   *
   * @throws {TransactionConflictError} if every attempt ended in a conflict
   */
  run<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;
}

/** The outcome of a dry run. */
export interface DryRunResult<Result> {
  readonly result: Result;
  /** The events that the work wrote, in order. */
  readonly events: readonly DomainEvent[];
}

/** Runs work as a dry run on the host's store. */
export interface DryRuns {
  /**
   * Runs the work in a transaction that is always rolled back. Returns its result and the events that it wrote; events
   * that other transactions commit meanwhile are not included. Changed rows stay locked until the work ends.
   */
  dryRun<Result>(work: (tx: Transaction) => Promise<Result>): Promise<DryRunResult<Result>>;
}

/**
 * The store is unreachable or dropped the connection; the same call may succeed later. A commit in progress may or may
 * not have succeeded: retry only idempotent calls (an award or a session with an id of its own, a run of the engine).
 *
 * Adapters throw this in place of their driver's own errors, which are kept in `cause`.
 */
export class StoreUnavailableError extends GamekeeperError<'STORE_UNAVAILABLE'> {
  constructor(store: string, cause: unknown) {
    super(
      'STORE_UNAVAILABLE',
      `${store} is unavailable (${errorText(cause)}); the engine continues when it is back, other callers may retry.`,
      { cause },
    );
  }
}

/**
 * The store rolled back a transaction, or refuses to continue it, because of a concurrent one: at REPEATABLE READ and
 * SERIALIZABLE, another transaction changed a row after the snapshot; at any level, two transactions deadlocked.
 * Nothing was changed. Repeat the whole transaction, including its reads.
 *
 * Gamekeeper repeats its own transactions before it throws this. Adapters throw it in place of their driver's own
 * error, which is kept in `cause`.
 */
export class TransactionConflictError extends GamekeeperError<'TRANSACTION_CONFLICT'> {
  constructor(store: string, cause: unknown) {
    super(
      'TRANSACTION_CONFLICT',
      `A transaction of ${store} conflicts with another one (${cause instanceof Error ? cause.message : String(cause)}); roll it back and repeat it as a whole, including its reads.`,
      { cause },
    );
  }
}

/** A transaction was used after the work that it was opened for had ended. */
export class TransactionEndedError extends GamekeeperError<'TRANSACTION_ENDED'> {
  constructor(store: string) {
    super(
      'TRANSACTION_ENDED',
      `A transaction of ${store} was used after its end; await every call inside the work that the transaction was opened for.`,
    );
  }
}

/**
 * The store ended a statement because it exceeded a time limit of the store, or because it was cancelled. Nothing was
 * changed; a transaction that contained it is rolled back. Adapters throw this in place of their driver's own error,
 * which is kept in `cause`.
 */
export class StatementTimeoutError extends GamekeeperError<'STATEMENT_TIMEOUT'> {
  constructor(store: string, cause: unknown) {
    super(
      'STATEMENT_TIMEOUT',
      `${store} ended a statement (${cause instanceof Error ? cause.message : String(cause)}); raise the statement timeout of this role, or find out what the statement waited for.`,
      { cause },
    );
  }
}

/** A transaction was passed to an adapter of another store. */
export class ForeignTransactionError extends GamekeeperError<'FOREIGN_TRANSACTION'> {
  constructor(expected: string, actual: unknown) {
    super(
      'FOREIGN_TRANSACTION',
      `A ${expected} adapter received ${describe(actual)}; use one store for all repositories of a host, and pass the transaction that it opened.`,
    );
  }
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'store' in value)
    return `a transaction of ${String(value.store)}`;
  return `${value === null ? 'null' : typeof value} instead of a transaction`;
}
