import { InvalidOptionError } from './errors.ts';

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

/** A number from 0 to 1, or an {@link InvalidOptionError} that names the option. */
export function share(option: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new InvalidOptionError(option, value, 'give a number from 0 to 1');
}
