import { InvalidOptionError } from './errors.ts';

const LONGEST_TEXT = 1_000;

/**
 * Checks that all options are known; a misspelt option would otherwise be ignored.
 *
 * @param path the prefix of the names in the error, such as `health.`
 * @throws {InvalidOptionError} naming the first unknown option and the known ones
 */
export function assertKnownOptions(
  path: string,
  options: object | undefined,
  known: readonly string[],
): void {
  const unknown = Object.keys(options ?? {}).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw InvalidOptionError.unknown(path, unknown, known);
}

/**
 * Returns the value if it is a whole number from `min` to `max`.
 *
 * @throws {InvalidOptionError} naming the option
 */
export function wholeNumber(
  option: string,
  value: unknown,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new InvalidOptionError(option, value, `must be a whole number from ${min} to ${max}`);
}

/**
 * Returns the value if a store can keep it as text: well-formed, without NUL characters and not too long.
 *
 * @param requirement what the option must be, such as `must be the name of a job`
 * @throws {InvalidOptionError} naming the option
 */
export function storableText(
  option: string,
  value: unknown,
  requirement: string,
  { most = LONGEST_TEXT }: { readonly most?: number } = {},
): string {
  if (isStorable(value) && value.length <= most) return value;
  throw new InvalidOptionError(option, value, requirement);
}

/**
 * Returns whether a value is text that every store and driver returns unchanged. Half a surrogate pair would become
 * another character; decoders drop a leading byte-order mark.
 */
export function isStorable(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.startsWith('\ufeff')) return false;
  return !value.includes('\0') && value.isWellFormed();
}

const LONGEST_KEY = 100;

/**
 * Returns whether a value is a valid name of a job, board or check: lower-case words joined by hyphens, at most 100
 * characters.
 */
export function isKey(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length <= LONGEST_KEY && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value)
  );
}

/**
 * Returns the value if it is a number from 0 to 1.
 *
 * @throws {InvalidOptionError} naming the option
 */
export function fraction(option: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new InvalidOptionError(option, value, 'must be a number from 0 to 1');
}

/**
 * Returns the value if it is an object. Callers may write plain JavaScript, so types do not guarantee it.
 *
 * @param option the name of the value in the error
 * @throws {InvalidOptionError} if it is not an object, or is a list or a date
 */
export function givenObject<Given extends object>(option: string, given: Given, requirement: string): Given {
  const isObject = typeof given === 'object' && given !== null;
  if (isObject && !Array.isArray(given) && !(given instanceof Date)) return given;
  throw new InvalidOptionError(option, given, requirement);
}

/**
 * Returns the options of a call if they are an object with known names only. A transaction passed directly instead of
 * as `{ tx }` would otherwise be ignored.
 *
 * @throws {InvalidOptionError}
 */
export function knownOptions<Given extends object>(given: Given, known: readonly string[]): Given {
  const options = givenObject('options', given, `must be an object with ${known.join(', ')}, or be left out`);
  assertKnownOptions('', options, known);
  return options;
}
