import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from '../errors.ts';

/** The possible names of a configuration file; the first that exists is used. */
export const configNames: readonly string[] = ['ts', 'mts', 'js', 'mjs'].map(
  (ending) => `gamekeeper.config.${ending}`,
);

/**
 * Returns the path of the configuration: the given one, or the nearest in this folder or above.
 *
 * @throws {ConfigError} if there is none
 */
export function findConfig(cwd: string, given?: string): string {
  if (given !== undefined) {
    const path = resolve(cwd, given);
    if (existsSync(path) && statSync(path).isFile()) return path;
    throw new ConfigError(`There is no file ${path}; set --config to the path of a gamekeeper.config.ts.`, {
      code: 'CONFIG_NOT_FOUND',
    });
  }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const name = configNames.find((one) => existsSync(join(folder, one)));
    if (name !== undefined) return join(folder, name);
    if (dirname(folder) === folder) break;
  }
  throw new ConfigError(
    `There is no gamekeeper.config.{ts,mts,js,mjs} in ${resolve(cwd)} or above it; create one with \`gamekeeper init\`, or set --config.`,
    { code: 'CONFIG_NOT_FOUND' },
  );
}
