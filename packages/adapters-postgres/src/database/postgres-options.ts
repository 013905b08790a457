import { InvalidOptionError } from '@gamekeeper/core';
import { described, hiddenValue, requiredOptions, wholeNumber } from '@gamekeeper/core/engine';
import type { MikroORM } from '@mikro-orm/core';
import { checkMappings } from '../mapping/check-options.ts';
import type { TableMappings } from '../mapping/table-mappings.ts';
import { hasPoolCounts } from './pool-metrics.ts';
import type { PreparedStatementsOption } from './prepared-statements.ts';

/**
 * Where the tables are. Set exactly one of:
 * - `url`: a PostgreSQL server (14 or later), with our own pool;
 * - `folder`: the embedded database, in a folder that is created if it is missing; one process at a time;
 * - `memory`: the embedded database in memory, lost with the process;
 * - `orm`: the host's own MikroORM on PostgreSQL or PGlite, whose connections are shared and never closed;
 * - `pool`: the host's own `pg.Pool`, whose connections are shared and never closed.
 */
export type PostgresOptions = ServerOptions | EmbeddedOptions;

/** Options of the schema and its migrations. */
export type SchemaOptions = {
  readonly schema?: string;
  /**
   * How long opening waits while another session holds a lock that a migration needs. Milliseconds, default 60,000. If
   * no migration is pending, nothing is locked.
   */
  readonly migrationTimeoutMs?: number;
  /**
   * For tests only: the database's clock can be pinned with `pinDatabaseClock`. Otherwise anybody who may write in the
   * schema could stop all leases and all monitoring; so a pin is ignored, and reported by the unhealthy check
   * `pinned-clock`. Default `false`.
   */
  readonly pinnableClock?: boolean;
  /**
   * Whether opening migrates the schema. With `false` it changes nothing and rejects a schema that is older than this
   * version: for a role that may only read and write rows. Default `true`.
   */
  readonly migrate?: boolean;
  /**
   * Tables of your own in the same database that take the place of ours. They are checked at every opening, and never
   * migrated.
   */
  readonly tables?: TableMappings;
  /**
   * Whether broken and protected streaks, late awards, changes by operators, imports and changed names are written to
   * the log of players, which `host.explain` reads. Default `true`; with `false`, `host.explain` has only what other
   * tables keep.
   */
  readonly playerLog?: boolean;
};

/** On a server, or on the connection of the host's own MikroORM. */
export type ServerOptions = SchemaOptions & (UrlOptions | { readonly orm: MikroORM } | PoolOptions);

/** A pool that the host uses as well. */
export interface PoolOptions {
  /** A `Pool` of `pg` 8. Its size, timeouts and listeners are the host's; see {@link watchPool}. */
  readonly pool: SharablePool;
}

/** The used part of a host's `pg.Pool`. */
export interface SharablePool {
  connect(): Promise<SharableClient>;
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max?: number | undefined };
}

/** The used part of a client of a host's `pg.Pool`. */
export interface SharableClient {
  query(query: unknown): unknown;
  release(error?: boolean): void;
  on(event: 'error', listener: () => void): unknown;
}

/** A server, and the options of its connections. */
export interface UrlOptions extends Partial<PoolTimeouts> {
  /** For example `postgres://user@host:5432/database`. Query parameters of `pg`, such as `?sslmode=require`, work. */
  readonly url: string;
  /** Maximum number of connections of this host. Default 10, at least 2. */
  readonly poolSize?: number;
  /** How long an idle connection stays open. Milliseconds, default 300,000; 0 for no limit. */
  readonly idleTimeoutMs?: number;
  /**
   * Whether the statements of players' calls are prepared: parsed and planned once per connection. Default `auto`: yes,
   * unless a pooler such as PgBouncer is between. `true` is for a pooler that supports prepared statements.
   */
  readonly preparedStatements?: PreparedStatementsOption;
}

/** Timeouts of connections and statements. Milliseconds. */
export interface PoolTimeouts {
  /** Timeout for a new connection, or for a free one of the pool. Default 10,000. */
  readonly connectTimeoutMs: number;
  /**
   * If a statement gets no response for this time, a second connection checks whether the server is still executing it.
   * If not, or if the server is unreachable, the connection is closed. Default 10,000.
   */
  readonly silenceTimeoutMs: number;
  /**
   * Timeout of a statement, even while the server is executing it; after it the connection is closed. Migrations have
   * no timeout. Default 600,000; 0 for no limit.
   */
  readonly queryTimeoutMs: number;
}

/** Options of a database in this process. */
export type EmbeddedOptions = SchemaOptions & ({ readonly folder: string } | { readonly memory: true });

/** The schema of Gamekeeper's tables unless the host sets another. */
export const DEFAULT_SCHEMA = 'gamekeeper';

/** How long opening waits for a lock of another session. */
export const DEFAULT_MIGRATION_TIMEOUT_MS = 60_000;

/** {@link UrlOptions} with defaults, without the URL. */
export type ConnectionOptions = Required<Omit<UrlOptions, 'url'>>;

const DEFAULTS: ConnectionOptions = {
  poolSize: 10,
  connectTimeoutMs: 10_000,
  silenceTimeoutMs: 10_000,
  queryTimeoutMs: 600_000,
  idleTimeoutMs: 300_000,
  preparedStatements: 'auto',
};

const MAX_TIMEOUT_MS = 86_400_000;

const ofServer = Object.keys(DEFAULTS) as readonly (keyof ConnectionOptions)[];
const known = [
  'url',
  ...ofServer,
  'folder',
  'memory',
  'orm',
  'pool',
  'schema',
  'migrationTimeoutMs',
  'migrate',
  'pinnableClock',
  'tables',
  'playerLog',
];

/**
 * Returns the options after checking everything that needs no connection.
 *
 * @throws {InvalidOptionError}
 */
export function checkedOptions(options: PostgresOptions): PostgresOptions {
  requiredOptions('postgres.', options, known);
  const { schema = DEFAULT_SCHEMA } = options;
  if (
    typeof (schema as unknown) !== 'string' ||
    !/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema) ||
    /^pg_/i.test(schema)
  ) {
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
  if (options.playerLog !== undefined && typeof (options.playerLog as unknown) !== 'boolean') {
    throw new InvalidOptionError('postgres.playerLog', options.playerLog, 'must be true or false');
  }
  if (options.tables !== undefined) checkMappings(options.tables);
  const ways = (['url', 'folder', 'memory', 'orm', 'pool'] as const).filter((way) => way in options);
  if (ways.length !== 1) {
    const given = described(ways.join(' and ') || 'none of them');
    throw new InvalidOptionError(
      'postgres',
      given,
      'must have exactly one of url, folder, memory: true, orm and pool',
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
  if ('pool' in options && !isPool(options.pool)) {
    throw new InvalidOptionError(
      'postgres.pool',
      typeof options.pool === 'object' ? described('another object') : options.pool,
      'must be a Pool of pg 8',
    );
  }
  return options;
}

function isPool(pool: Partial<SharablePool> | null | undefined): boolean {
  return typeof pool?.connect === 'function' && hasPoolCounts(pool);
}

/** The platforms of both drivers extend one class; its name is the same across two copies of the package. */
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
  const { preparedStatements = DEFAULTS.preparedStatements } = options;
  if (![true, false, 'auto'].includes(preparedStatements))
    throw new InvalidOptionError(
      'postgres.preparedStatements',
      preparedStatements,
      "must be 'auto', true or false",
    );
  return {
    preparedStatements,
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

function timeout(name: keyof PoolTimeouts | 'idleTimeoutMs', value: number): number {
  return wholeNumber(`postgres.${name}`, value, { min: 100, max: MAX_TIMEOUT_MS });
}

/** Returns the role and the database, as far as the options have them. */
export function loginOf(options: PostgresOptions): { readonly role?: string; readonly database?: string } {
  if (!('url' in options)) return {};
  const role = decodeURIComponent(new URL(options.url).username);
  return { database: databaseIn(options.url), ...(role !== '' && { role }) };
}

/** Returns the database in a URL; empty if it has none. */
export function databaseIn(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}
