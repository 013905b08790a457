import { InvalidOptionError } from './errors.ts';

const LONGEST_TEXT = 1_000;

/**
 * Refuses option names that there are not: a misspelt option would silently be a default.
 *
 * @param path what the names stand behind, such as `health.`
 * @throws {InvalidOptionError} naming the first
 */
export function assertKnown(path: string, options: object | undefined, known: readonly string[]): void {
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
export function share(option: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new InvalidOptionError(option, value, 'give a number from 0 to 1');
}
