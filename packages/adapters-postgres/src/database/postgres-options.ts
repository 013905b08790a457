import { InvalidOptionError } from '@gamekeeper/core';
import type { MikroORM } from '@mikro-orm/core';

/**
 * Where the tables are. Exactly one of:
 * - `url`: a PostgreSQL server (14 or later), through a pool of its own;
 * - `folder`: the embedded database, in a folder that is made when it is missing; one process at a time;
 * - `memory`: the embedded database in memory, gone with the process;
 * - `orm`: the host's own MikroORM on PostgreSQL or PGlite, whose connections are shared and never closed.
 */
export type PostgresOptions = { readonly schema?: string } & (
  | { readonly url: string; readonly poolSize?: number }
  | { readonly folder: string }
  | { readonly memory: true }
  | { readonly orm: MikroORM }
);

/** The schema that holds Gamekeeper's tables unless the host names another. */
export const DEFAULT_SCHEMA = 'gamekeeper';

/**
 * Checks what can be checked without a connection.
 *
 * @throws {InvalidOptionError}
 */
export function checkedOptions(options: PostgresOptions): PostgresOptions {
  const { schema = DEFAULT_SCHEMA } = options;
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema) || /^pg_/i.test(schema)) {
    throw new InvalidOptionError('postgres.schema', schema, 'give a name of letters, digits and underscores');
  }
  const ways = (['url', 'folder', 'memory', 'orm'] as const).filter((way) => way in options);
  if (ways.length !== 1) {
    const given = ways.join(' and ') || 'missing';
    throw new InvalidOptionError('postgres', given, 'give exactly one of url, folder, memory: true and orm');
  }
  if ('url' in options) checkServer(options);
  if ('folder' in options && (typeof options.folder !== 'string' || options.folder === '')) {
    throw new InvalidOptionError('postgres.folder', options.folder, 'give the path of a folder');
  }
  return options;
}

function checkServer({ url, poolSize = 10 }: { readonly url: string; readonly poolSize?: number }): void {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    // The value may hold a password and stays out of the message.
    throw new InvalidOptionError(
      'postgres.url',
      '…',
      'give a URL such as postgres://user@host:5432/database',
    );
  }
  if (!Number.isInteger(poolSize) || poolSize < 2 || poolSize > 1_000) {
    throw new InvalidOptionError('postgres.poolSize', poolSize, 'give a whole number from 2 to 1000');
  }
}
