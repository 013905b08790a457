import { InvalidOptionError, assertKnown, wholeNumber } from '@gamekeeper/core';
import type { MikroORM } from '@mikro-orm/core';

/**
 * Where the tables are. Exactly one of:
 * - `url`: a PostgreSQL server (14 or later), through a pool of its own;
 * - `folder`: the embedded database, in a folder that is made when it is missing; one process at a time;
 * - `memory`: the embedded database in memory, gone with the process;
 * - `orm`: the host's own MikroORM on PostgreSQL or PGlite, whose connections are shared and never closed.
 */
export type PostgresOptions = ServerOptions | EmbeddedOptions;

type InSchema = {
  readonly schema?: string;
  /**
   * How long opening waits while another session holds a lock that a migration needs. Milliseconds, default 60,000.
   * Where the schema is up to date, nothing is locked and nothing is waited for.
   */
  readonly migrationTimeoutMs?: number;
};

/** On a server, or wherever the host's own MikroORM is connected to. */
export type ServerOptions = InSchema &
  ({ readonly url: string; readonly poolSize?: number } | { readonly orm: MikroORM });

/** In this process. */
export type EmbeddedOptions = InSchema & ({ readonly folder: string } | { readonly memory: true });

/** The schema that holds Gamekeeper's tables unless the host names another. */
export const DEFAULT_SCHEMA = 'gamekeeper';

/** How long opening waits for somebody else's lock. */
export const DEFAULT_MIGRATION_TIMEOUT_MS = 60_000;

const known = ['url', 'poolSize', 'folder', 'memory', 'orm', 'schema', 'migrationTimeoutMs'];

/**
 * Checks what can be checked without a connection.
 *
 * @throws {InvalidOptionError}
 */
export function checkedOptions(options: PostgresOptions): PostgresOptions {
  assertKnown('postgres.', options, known);
  const { schema = DEFAULT_SCHEMA } = options;
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema) || /^pg_/i.test(schema)) {
    throw new InvalidOptionError('postgres.schema', schema, 'give a name of letters, digits and underscores');
  }
  const { migrationTimeoutMs = DEFAULT_MIGRATION_TIMEOUT_MS } = options;
  wholeNumber('postgres.migrationTimeoutMs', migrationTimeoutMs, { min: 0, max: 3_600_000 });
  const ways = (['url', 'folder', 'memory', 'orm'] as const).filter((way) => way in options);
  if (ways.length !== 1) {
    const given = ways.join(' and ') || 'missing';
    throw new InvalidOptionError('postgres', given, 'give exactly one of url, folder, memory: true and orm');
  }
  if ('url' in options) checkServer(options);
  else if ('poolSize' in options) {
    throw new InvalidOptionError('postgres.poolSize', options.poolSize, 'give it together with url only');
  }
  if ('folder' in options && (typeof options.folder !== 'string' || options.folder === '')) {
    throw new InvalidOptionError('postgres.folder', options.folder, 'give the path of a folder');
  }
  if ('memory' in options && (options.memory as unknown) !== true) {
    throw new InvalidOptionError('postgres.memory', options.memory, 'give true, or another place');
  }
  if ('orm' in options && !isOnPostgres(options.orm)) {
    throw new InvalidOptionError(
      'postgres.orm',
      'something else',
      'give a MikroORM whose driver is @mikro-orm/postgresql or @mikro-orm/pglite',
    );
  }
  return options;
}

/** The platforms of both drivers come from one class; its name holds across two copies of the package. */
function isOnPostgres(orm: MikroORM | undefined): boolean {
  if (typeof orm?.driver?.getPlatform !== 'function') return false;
  for (
    let platform: unknown = orm.driver.getPlatform();
    platform;
    platform = Object.getPrototypeOf(platform) as unknown
  ) {
    if (platform.constructor.name === 'BasePostgreSqlPlatform') return true;
  }
  return false;
}

function checkServer({ url, poolSize = 10 }: { readonly url: string; readonly poolSize?: number }): void {
  if (typeof url !== 'string' || !/^postgres(ql)?:/i.test(url) || !URL.canParse(url) || !databaseIn(url)) {
    throw new InvalidOptionError(
      'postgres.url',
      // Text may hold a password and stays out of the message.
      typeof url === 'string' && url !== '' ? '…' : url,
      'give a URL such as postgres://user@host:5432/database',
    );
  }
  if (!Number.isInteger(poolSize) || poolSize < 2 || poolSize > 1_000) {
    throw new InvalidOptionError('postgres.poolSize', poolSize, 'give a whole number from 2 to 1000');
  }
}

/** The database that a URL names; empty when it names none. */
export function databaseIn(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}
