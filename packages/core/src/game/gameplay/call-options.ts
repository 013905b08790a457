import { InvalidOptionError } from '../../engine/common/errors.ts';
import { knownOptions } from '../../engine/common/options.ts';
import { instant, type Instant, type InstantLike } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';

/** Options common to all gameplay calls. */
export interface CallOptions {
  /** When it happened. Default: now by the clock; at most one minute later than that. */
  readonly at?: InstantLike;
  /** The host's transaction to take part in. */
  readonly tx?: Transaction;
}

/** Options with `at` parsed. */
export type CheckedOptions<Given extends CallOptions = CallOptions> = Omit<Given, 'at'> & {
  readonly at?: Instant;
};

/**
 * Checks `at` and `tx`, parses `at`, and rejects all options other than those in `more`.
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

/**
 * `tx` must be omitted or be an object; the adapter checks the object. `null` is rejected: the caller meant to pass a
 * transaction but has none.
 */
function assertTransaction(tx: unknown): void {
  if (tx === undefined || (typeof tx === 'object' && tx !== null)) return;
  throw new InvalidOptionError('tx', tx, 'must be the transaction that the store opened, or be left out');
}
