import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from '../errors.ts';

/** The names that a configuration may have, the first that is there counts. */
export const configNames: readonly string[] = ['ts', 'mts', 'js', 'mjs'].map(
  (ending) => `gamekeeper.config.${ending}`,
);

/**
 * The path of the configuration: the one that was given, or the nearest from a folder upwards.
 *
 * @throws {ConfigError} where there is none
 */
export function findConfig(cwd: string, given?: string): string {
  if (given !== undefined) {
    const path = resolve(cwd, given);
    if (existsSync(path) && statSync(path).isFile()) return path;
    throw new ConfigError(`There is no file ${path}; give --config the path of a gamekeeper.config.ts.`, {
      code: 'CONFIG_NOT_FOUND',
    });
  }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const name = configNames.find((one) => existsSync(join(folder, one)));
    if (name !== undefined) return join(folder, name);
    if (dirname(folder) === folder) break;
  }
  throw new ConfigError(
    `There is no gamekeeper.config.{ts,mts,js,mjs} in ${resolve(cwd)} or above it; write one with \`gamekeeper init\`, or name one with --config.`,
    { code: 'CONFIG_NOT_FOUND' },
  );
}
