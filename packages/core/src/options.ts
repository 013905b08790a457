import { InvalidOptionError } from './errors.ts';

/** A whole number within bounds, or an {@link InvalidOptionError} that names the option. */
export function wholeNumber(
  option: string,
  value: unknown,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new InvalidOptionError(option, value, `give a whole number from ${min} to ${max}`);
}
