import { GamekeeperError } from '../common/errors.ts';
import { errorText } from '../secrets/error-text.ts';
import type { DomainEvent } from '../events/domain-event.ts';

declare const brand: unique symbol;

/**
 * An open transaction of one store. Opaque to core: whoever opened it passes it to every verb that must commit or
 * vanish with the rest. Verbs refuse it after the work that it was opened for has ended ({@link TransactionEndedError}).
 */
export interface Transaction {
  readonly [brand]?: never;
  /** The technology that it belongs to, for error messages. */
  readonly store: string;
  /**
   * `false` as long as no verb has used it: it holds nothing and costs nothing then. Anything else, absence included,
   * means that it may have been used, and whoever commits with it must check its fence there.
   */
  readonly touched?: boolean;
}

/** Whether a transaction may have been used: unless it says that it was not. */
export function isTouched({ touched }: Transaction): boolean {
  return touched !== false;
}

/**
 * Opens transactions on the store that all repositories of one host share.
 *
 * Inside the work, pass `tx` to every verb: one that is called without it is another transaction and may wait for this
 * one for ever (the embedded database and the in-memory store have a single connection).
 */
export interface Transactions {
  /**
   * Runs the work in a transaction: committed when it resolves, undone as a whole when it throws.
   *
   * A store whose transactions can be undone by conflicts with others runs the work again when that happens, from its
   * beginning and with another `tx`, a few times. So what the work does elsewhere, it may do more than once.
   *
   * @throws {TransactionConflictError} when it was undone by a conflict each time
   */
  run<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;
}

/** What came of a rehearsal. */
export interface DryRunResult<Result> {
  readonly result: Result;
  /** The events that the work wrote, in their order. */
  readonly events: readonly DomainEvent[];
}

/** Tries work out on the store that all repositories of one host share. */
export interface DryRuns {
  /**
   * Runs the work in a transaction that is undone in every case, and tells what it answered and which events it wrote.
   * What others commit meanwhile is not among them. Until it ends, the rows that it changes are locked as ever.
   */
  dryRun<Result>(work: (tx: Transaction) => Promise<Result>): Promise<DryRunResult<Result>>;
}

/**
 * The store could not be reached or dropped the connection; the same call may succeed later. Whether a commit that was
 * under way at that moment took place is not known: repeat it only where twice does no harm (an award or a session with
 * an id of its own, a run of the engine).
 * Adapters throw this in place of their driver's own errors of that kind, which stand in `cause`.
 */
export class StoreUnavailableError extends GamekeeperError<'STORE_UNAVAILABLE'> {
  constructor(store: string, cause: unknown) {
    super(
      'STORE_UNAVAILABLE',
      `${store} is unavailable (${errorText(cause)}); the engine goes on when it is back, anyone else may try again.`,
      { cause },
    );
  }
}

/**
 * The store has undone a transaction, or will not carry it on, because of what another one did at the same time: at
 * REPEATABLE READ and SERIALIZABLE somebody has changed a row since the transaction's snapshot, at any level two wait for
 * each other. Nothing of it is kept. Repeat the whole transaction, reads included.
 *
 * Transactions that Gamekeeper opens itself are repeated before anybody hears of it. Adapters throw this in place of
 * their driver's own error, which stands in `cause`.
 */
export class TransactionConflictError extends GamekeeperError<'TRANSACTION_CONFLICT'> {
  constructor(store: string, cause: unknown) {
    super(
      'TRANSACTION_CONFLICT',
      `A transaction of ${store} conflicts with another one (${cause instanceof Error ? cause.message : String(cause)}); roll it back and repeat the whole of it, reads included.`,
      { cause },
    );
  }
}

/** A transaction was used after the work that it was opened for had ended. */
export class TransactionEndedError extends GamekeeperError<'TRANSACTION_ENDED'> {
  constructor(store: string) {
    super(
      'TRANSACTION_ENDED',
      `A transaction of ${store} was used after its end; wait for every verb inside the work that the transaction was opened for.`,
    );
  }
}

/**
 * The store ended a statement because it took longer than a time limit of the store's own, or because somebody cancelled it.
 * Nothing of it was changed, and a transaction that it was part of is undone. Adapters throw this in place of their
 * driver's own error, which stands in `cause`.
 */
export class StatementTimeoutError extends GamekeeperError<'STATEMENT_TIMEOUT'> {
  constructor(store: string, cause: unknown) {
    super(
      'STATEMENT_TIMEOUT',
      `${store} ended a statement (${cause instanceof Error ? cause.message : String(cause)}); raise the time limit that it sets for this role's statements, or find what made the statement wait.`,
      { cause },
    );
  }
}

/** A transaction was passed to an adapter of another store. */
export class ForeignTransactionError extends GamekeeperError<'FOREIGN_TRANSACTION'> {
  constructor(expected: string, actual: unknown) {
    super(
      'FOREIGN_TRANSACTION',
      `A ${expected} adapter was handed ${describe(actual)}; bind all repositories of a host to the same store and pass on the transaction that this store opened.`,
    );
  }
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'store' in value)
    return `a transaction of ${String(value.store)}`;
  return `${value === null ? 'null' : typeof value} instead of a transaction`;
}
