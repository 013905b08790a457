import { InvalidOptionError } from '../../engine/values/errors.ts';
import { assertKnown } from '../../engine/values/options.ts';
import { instant, type Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';

/** What calls of the game take beside what they are about. */
export interface CallOptions {
  /** When it happened; the clock's present unless given, and at most a minute ahead of it. */
  readonly at?: Instant;
  /** A transaction of the host's to take part in. */
  readonly tx?: Transaction;
}

/**
 * Checks the object that a caller passed, who may write plain JavaScript.
 *
 * @param option what it is called in an error
 * @throws {InvalidOptionError} for anything that is no object, or is a list or a date
 */
export function givenObject<Given extends object>(option: string, given: Given, expected: string): Given {
  const isObject = typeof given === 'object' && given !== null;
  if (isObject && !Array.isArray(given) && !(given instanceof Date)) return given;
  throw new InvalidOptionError(option, given, expected);
}

/**
 * Checks the options of a call: an object with known names only. A transaction that was passed in place of `{ tx }`
 * would otherwise be ignored.
 *
 * @throws {InvalidOptionError}
 */
export function knownOptions<Given extends object>(given: Given, known: readonly string[]): Given {
  const options = givenObject('options', given, `give an object of ${known.join(', ')}, or leave it out`);
  assertKnown('', options, known);
  return options;
}

/**
 * Checks `at` and `tx`, reads `at` as an instant, and checks that there is nothing else but the names in `more`.
 *
 * @throws {InvalidOptionError} {@link InvalidInstantError}
 */
export function callOptions<Given extends CallOptions>(given: Given, more: readonly string[] = []): Given {
  const options = knownOptions(given, ['at', 'tx', ...more]);
  assertTransaction(options.tx);
  return options.at === undefined ? options : { ...options, at: instant(options.at) };
}

/** Left out, or an object that its adapter looks at: `null` is a transaction that the caller does not have. */
function assertTransaction(tx: unknown): void {
  if (tx === undefined || (typeof tx === 'object' && tx !== null)) return;
  throw new InvalidOptionError('tx', tx, 'pass the transaction that the store opened, or leave it out');
}
