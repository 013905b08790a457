import { InvalidOptionError } from '@gamekeeper/core';

/**
 * Refuses option names that there are not: a misspelt option would silently be a default.
 *
 * @throws {InvalidOptionError}
 */
export function assertKnown(path: string, options: object | undefined, known: readonly string[]): void {
  for (const name of Object.keys(options ?? {})) {
    if (known.includes(name)) continue;
    throw new InvalidOptionError(`${path}${name}`, 'unknown', `leave it out; there is ${known.join(', ')}`);
  }
}
