import { InvalidOptionError } from './errors.ts';

const LONGEST_TEXT = 1_000;

/**
 * Refuses option names that there are not: a misspelt option would silently be a default.
 *
 * @param path what the names stand behind, such as `health.`
 * @throws {InvalidOptionError} naming the first
 */
export function assertKnownOptions(
  path: string,
  options: object | undefined,
  known: readonly string[],
): void {
  const unknown = Object.keys(options ?? {}).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new InvalidOptionError(`${path}${unknown}`, 'unknown', `leave it out; there is ${known.join(', ')}`);
}

/** A whole number within bounds, or an {@link InvalidOptionError} that names the option. */
export function wholeNumber(
  option: string,
  value: unknown,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new InvalidOptionError(option, value, `give a whole number from ${min} to ${max}`);
}

/**
 * Text from outside that a store can be asked about: well-formed, without NUL characters and not too long. Returns it.
 *
 * @param expected what to give instead
 * @throws {InvalidOptionError} naming the option
 */
export function storableText(
  option: string,
  value: unknown,
  expected: string,
  { most = LONGEST_TEXT }: { readonly most?: number } = {},
): string {
  if (isStorable(value) && value.length <= most) return value;
  throw new InvalidOptionError(option, value, expected);
}

/**
 * Whether a value is text that every store and driver gives back as it was. Half a surrogate pair would become another
 * character; decoders drop a byte-order mark in front.
 */
export function isStorable(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.startsWith('\ufeff')) return false;
  return !value.includes('\0') && value.isWellFormed();
}

const LONGEST_KEY = 100;

/** Whether a value is a name for jobs, boards and their like: lower-case words joined by hyphens, at most 100 characters. */
export function isKey(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length <= LONGEST_KEY && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value)
  );
}

/** A number from 0 to 1, or an {@link InvalidOptionError} that names the option. */
export function fraction(option: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new InvalidOptionError(option, value, 'give a number from 0 to 1');
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
  assertKnownOptions('', options, known);
  return options;
}
