import { InvalidOptionError } from '../../engine/common/errors.ts';
import { knownOptions } from '../../engine/common/options.ts';
import { instant, type Instant, type InstantLike } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';

/** What calls of the game take beside what they are about. */
export interface CallOptions {
  /** When it happened; the clock's present unless given, and at most a minute ahead of it. */
  readonly at?: InstantLike;
  /** A transaction of the host's to take part in. */
  readonly tx?: Transaction;
}

/** Options whose instant was read. */
export type CheckedOptions<Given extends CallOptions = CallOptions> = Omit<Given, 'at'> & {
  readonly at?: Instant;
};

/**
 * Checks `at` and `tx`, reads `at` as an instant, and checks that there is nothing else but the names in `more`.
 *
 * @throws {InvalidOptionError} {@link InvalidInstantError}
 */
export function callOptions<Given extends CallOptions>(
  given: Given,
  more: readonly string[] = [],
): CheckedOptions<Given> {
  const { at, ...options } = knownOptions(given, ['at', 'tx', ...more]);
  assertTransaction(options.tx);
  return at === undefined ? options : { ...options, at: instant(at) };
}

/** Left out, or an object that its adapter looks at: `null` is a transaction that the caller does not have. */
function assertTransaction(tx: unknown): void {
  if (tx === undefined || (typeof tx === 'object' && tx !== null)) return;
  throw new InvalidOptionError('tx', tx, 'must be the transaction that the store opened, or be left out');
}
