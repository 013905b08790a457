import { InvalidOptionError, described, hiddenValue } from './errors.ts';
import { isStorableText } from './json.ts';
import { isDate } from './realms.ts';

const LONGEST_TEXT = 1_000;

/**
 * Checks that options are an object with known names, or left out; a misspelt option would otherwise be ignored.
 *
 * @param path the prefix of the names in the error, such as `health.`
 * @throws {InvalidOptionError} naming the first unknown option and the known ones; it never shows options that are not
 *   an object, since they may be a secret in the wrong place
 */
export function assertKnownOptions(
  path: string,
  options: object | undefined,
  known: readonly string[],
): void {
  if (options === undefined) return;
  if (!isPlainObject(options)) {
    const option = path === '' ? 'options' : path.replace(/\.$/, '');
    throw new InvalidOptionError(option, hiddenValue(options), `must be an object with ${known.join(', ')}`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw InvalidOptionError.unknown(path, unknown, known);
}

/**
 * Returns options that cannot be left out, after {@link assertKnownOptions}.
 *
 * @throws {InvalidOptionError}
 */
export function requiredOptions<Given extends object>(
  path: string,
  options: Given,
  known: readonly string[],
): Given {
  const given: unknown = options;
  assertKnownOptions(path, (given ?? null) as object, known);
  return options;
}

/**
 * Returns the value if it is an object with these methods: something that the host made, such as a logger. The value
 * itself is not shown in the error.
 *
 * @param requirement what the option must be, such as `must be a logger`
 * @throws {InvalidOptionError} naming the first missing method
 */
export function withMethods<Given>(
  option: string,
  value: Given,
  methods: readonly string[],
  requirement: string,
): Given {
  const isOwner = (typeof value === 'object' || typeof value === 'function') && value !== null;
  if (!isOwner) throw new InvalidOptionError(option, hiddenValue(value), requirement);
  const missing = methods.find((name) => typeof (value as Record<string, unknown>)[name] !== 'function');
  if (missing === undefined) return value;
  throw new InvalidOptionError(option, described(`an object without the method ${missing}`), requirement);
}

/**
 * Returns the value if it is a function.
 *
 * @throws {InvalidOptionError} naming the option
 */
export function givenFunction<Given>(
  option: string,
  value: Given,
  requirement = 'must be a function',
): Given {
  if (typeof value === 'function') return value;
  throw new InvalidOptionError(option, value, requirement);
}

/**
 * Returns the value if it is a list.
 *
 * @throws {InvalidOptionError} naming the option
 */
export function givenList<Given>(option: string, value: Given, requirement: string): Given {
  if (Array.isArray(value)) return value;
  throw new InvalidOptionError(option, value, requirement);
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
  return isStorableText(value);
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
  if (isPlainObject(given)) return given;
  throw new InvalidOptionError(option, given, requirement);
}

function isPlainObject(given: unknown): boolean {
  return typeof given === 'object' && given !== null && !Array.isArray(given) && !isDate(given);
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
