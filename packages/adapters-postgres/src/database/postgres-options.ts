import { InvalidOptionError } from '@gamekeeper/core';
import { assertKnownOptions, wholeNumber, described, hiddenValue } from '@gamekeeper/core/engine';
import type { MikroORM } from '@mikro-orm/core';

/**
 * Where the tables are. Exactly one of:
 * - `url`: a PostgreSQL server (14 or later), through a pool of its own;
 * - `folder`: the embedded database, in a folder that is made when it is missing; one process at a time;
 * - `memory`: the embedded database in memory, gone with the process;
 * - `orm`: the host's own MikroORM on PostgreSQL or PGlite, whose connections are shared and never closed.
 */
export type PostgresOptions = ServerOptions | EmbeddedOptions;

/** Where in the database, and how it comes to be there. */
export type SchemaOptions = {
  readonly schema?: string;
  /**
   * How long opening waits while another session holds a lock that a migration needs. Milliseconds, default 60,000.
   * Where the schema is up to date, nothing is locked and nothing is waited for.
   */
  readonly migrationTimeoutMs?: number;
  /**
   * For tests only: the database's clock is where `pinDatabaseClock` has pinned it. Otherwise whoever may write in the schema could
   * make all leases and all monitoring stand still, so a pin is ignored, and is an unhealthy check `pinned-clock`. Default `false`.
   */
  readonly pinnableClock?: boolean;
  /**
   * Whether opening brings the schema up to date. With `false` it changes nothing and refuses a schema that is older than
   * this version: for a role that may read and write rows only. Default `true`.
   */
  readonly migrate?: boolean;
};

/** On a server, or wherever the host's own MikroORM is connected to. */
export type ServerOptions = SchemaOptions & (UrlOptions | { readonly orm: MikroORM });

/** A server, and how its connections are held. */
export interface UrlOptions extends Partial<PoolTimeouts> {
  /** Such as `postgres://user@host:5432/database`; what `pg` takes behind it (`?sslmode=…`) is heeded. */
  readonly url: string;
  /** The most connections that this host opens for its work. Default 10, at least 2. */
  readonly poolSize?: number;
  /** How long a connection stays open that nothing is asked on. Milliseconds, default 300,000; 0 for ever. */
  readonly idleTimeoutMs?: number;
}

/** How long a connection is waited for, and an answer on it. Milliseconds. */
export interface PoolTimeouts {
  /** How long a new connection, or a free one of the pool, is waited for. Default 10,000. */
  readonly connectTimeoutMs: number;
  /**
   * After how long without an answer it is found out, on a connection of its own, whether the server is still at work on
   * a statement. If it is not, or cannot be reached, the connection is cut. Default 10,000.
   */
  readonly silenceTimeoutMs: number;
  /**
   * How long a statement may take at most, even if the server is at work on it; then its connection is cut. Migrations
   * take as long as they like. Default 600,000; 0 for no limit.
   */
  readonly queryTimeoutMs: number;
}

/** In this process. */
export type EmbeddedOptions = SchemaOptions & ({ readonly folder: string } | { readonly memory: true });

/** The schema that holds Gamekeeper's tables unless the host names another. */
export const DEFAULT_SCHEMA = 'gamekeeper';

/** How long opening waits for somebody else's lock. */
export const DEFAULT_MIGRATION_TIMEOUT_MS = 60_000;

/** {@link UrlOptions} with defaults filled in, but for where the server is. */
export type ConnectionOptions = Required<Omit<UrlOptions, 'url'>>;

const DEFAULTS: ConnectionOptions = {
  poolSize: 10,
  connectTimeoutMs: 10_000,
  silenceTimeoutMs: 10_000,
  queryTimeoutMs: 600_000,
  idleTimeoutMs: 300_000,
};

const MAX_TIMEOUT_MS = 86_400_000;

const ofServer = Object.keys(DEFAULTS) as readonly (keyof ConnectionOptions)[];
const known = [
  'url',
  ...ofServer,
  'folder',
  'memory',
  'orm',
  'schema',
  'migrationTimeoutMs',
  'migrate',
  'pinnableClock',
];

/**
 * Checks what can be checked without a connection.
 *
 * @throws {InvalidOptionError}
 */
export function checkedOptions(options: PostgresOptions): PostgresOptions {
  assertKnownOptions('postgres.', options, known);
  const { schema = DEFAULT_SCHEMA } = options;
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema) || /^pg_/i.test(schema)) {
    throw new InvalidOptionError(
      'postgres.schema',
      schema,
      'must be a name of letters, digits and underscores that does not begin with pg_',
    );
  }
  const { migrationTimeoutMs = DEFAULT_MIGRATION_TIMEOUT_MS } = options;
  wholeNumber('postgres.migrationTimeoutMs', migrationTimeoutMs, { min: 0, max: 3_600_000 });
  const { pinnableClock = false } = options;
  if (typeof pinnableClock !== 'boolean') {
    throw new InvalidOptionError('postgres.pinnableClock', pinnableClock, 'must be true or false');
  }
  if (options.migrate !== undefined && typeof (options.migrate as unknown) !== 'boolean') {
    throw new InvalidOptionError('postgres.migrate', options.migrate, 'must be true or false');
  }
  const ways = (['url', 'folder', 'memory', 'orm'] as const).filter((way) => way in options);
  if (ways.length !== 1) {
    const given = described(ways.join(' and ') || 'none of them');
    throw new InvalidOptionError(
      'postgres',
      given,
      'must have exactly one of url, folder, memory: true and orm',
    );
  }
  if ('url' in options) checkServer(options);
  else {
    for (const name of ofServer.filter((one) => one in options)) {
      const value: unknown = (options as Partial<ConnectionOptions>)[name];
      throw new InvalidOptionError(`postgres.${name}`, value, 'works only together with postgres.url');
    }
  }
  if ('folder' in options && (typeof options.folder !== 'string' || options.folder === '')) {
    throw new InvalidOptionError('postgres.folder', options.folder, 'must be the path of a folder');
  }
  if ('memory' in options && (options.memory as unknown) !== true) {
    throw new InvalidOptionError(
      'postgres.memory',
      options.memory,
      'must be true; leave it out to use url, folder or orm',
    );
  }
  if ('orm' in options && !isOnPostgres(options.orm)) {
    throw new InvalidOptionError(
      'postgres.orm',
      describedOrm(options.orm),
      'must be a MikroORM instance with the driver @mikro-orm/postgresql or @mikro-orm/pglite',
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

function describedOrm(orm: unknown): unknown {
  if (typeof orm !== 'object' || orm === null) return orm;
  return described('driver' in orm ? 'a MikroORM with another driver' : 'an object without "driver"');
}

function checkServer(options: UrlOptions): void {
  const { url } = options;
  if (typeof url !== 'string' || !/^postgres(ql)?:/i.test(url) || !URL.canParse(url) || !databaseIn(url)) {
    throw new InvalidOptionError(
      'postgres.url',
      hiddenValue(url),
      'must be a URL such as postgres://user@host:5432/database',
    );
  }
  connectionOptions(options);
}

/** @throws {InvalidOptionError} */
export function connectionOptions(options: Partial<ConnectionOptions>): ConnectionOptions {
  const { poolSize = DEFAULTS.poolSize, idleTimeoutMs = DEFAULTS.idleTimeoutMs } = options;
  return {
    ...poolTimeouts(options),
    poolSize: wholeNumber('postgres.poolSize', poolSize, { min: 2, max: 1_000 }),
    idleTimeoutMs: idleTimeoutMs === 0 ? 0 : timeout('idleTimeoutMs', idleTimeoutMs),
  };
}

/** @throws {InvalidOptionError} */
export function poolTimeouts(options: Partial<PoolTimeouts>): PoolTimeouts {
  const {
    connectTimeoutMs = DEFAULTS.connectTimeoutMs,
    silenceTimeoutMs = DEFAULTS.silenceTimeoutMs,
    queryTimeoutMs = DEFAULTS.queryTimeoutMs,
  } = options;
  return {
    connectTimeoutMs: timeout('connectTimeoutMs', connectTimeoutMs),
    silenceTimeoutMs: timeout('silenceTimeoutMs', silenceTimeoutMs),
    queryTimeoutMs: queryTimeoutMs === 0 ? 0 : timeout('queryTimeoutMs', queryTimeoutMs),
  };
}

function timeout(name: keyof ConnectionOptions, value: number): number {
  return wholeNumber(`postgres.${name}`, value, { min: 100, max: MAX_TIMEOUT_MS });
}

/** As whom, and to what, a connection is tried: what of it the options say. */
export function loginOf(options: PostgresOptions): { readonly role?: string; readonly database?: string } {
  if (!('url' in options)) return {};
  const role = decodeURIComponent(new URL(options.url).username);
  return { database: databaseIn(options.url), ...(role !== '' && { role }) };
}

/** The database that a URL names; empty when it names none. */
export function databaseIn(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}
