import { MikroORM, type Options } from '@mikro-orm/core';
import { createPostgreSqlTypeParsers, type AbstractSqlDriver } from '@mikro-orm/sql';
import { gamekeeperEntities } from '../entities/index.ts';
import { asUnavailable } from './failures.ts';
import { MissingDriverError } from './missing-driver-error.ts';
import { PreparedPglite } from './prepared-pglite.ts';
import type { PgPool } from './pg-pool.ts';
import { PoolWatch } from './pool-watch.ts';
import {
  DEFAULT_SCHEMA,
  connectionOptions,
  databaseIn,
  type EmbeddedOptions,
  type SchemaOptions,
  type PostgresOptions,
  type UrlOptions,
} from './postgres-options.ts';

/** A MikroORM that is ours to close. */
export type OwnOrm = MikroORM<AbstractSqlDriver>;

/** After how long of silence TCP asks whether the other side is there, ten times at most, a second apart. */
const KEEP_ALIVE_AFTER_MS = 10_000;
/** How long a server has to hear that we leave. */
const CLOSE_GRACE_MS = 1_000;

/** A MikroORM that we made, and how to give back what it holds. */
export interface OpenedOrm {
  readonly orm: OwnOrm;
  /** Bounds every statement from now on, as the options say. */
  readonly enableQueryTimeout: () => void;
  readonly close: () => Promise<void>;
}

/** Makes a MikroORM of our own as the options say; for the host's, one that borrows its connections. */
export async function openOrm(options: PostgresOptions): Promise<OpenedOrm> {
  if ('url' in options) return openServer(options);
  if ('orm' in options) return openShared(options);
  return openEmbedded(options);
}

async function openServer(options: SchemaOptions & UrlOptions): Promise<OpenedOrm> {
  const { PostgreSqlDriver } = await loadDriver(
    () => import('@mikro-orm/postgresql'),
    '@mikro-orm/postgresql',
  );
  const { poolSize, idleTimeoutMs, ...timeouts } = connectionOptions(options);
  let watch: PoolWatch | undefined;
  const orm = new MikroORM<AbstractSqlDriver>({
    ...common(options),
    driver: PostgreSqlDriver,
    clientUrl: options.url,
    dbName: databaseIn(options.url),
    // The ORM reads host and user from the URL, unless MIKRO_ORM_* says otherwise; the driver reads the rest (sslmode, options) as well.
    driverOptions: {
      connectionString: options.url,
      application_name: 'gamekeeper',
      connectionTimeoutMillis: timeouts.connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      onPoolCreated: (pool: PgPool) => (watch = new PoolWatch(pool, timeouts, asUnavailable)),
    },
    pool: { min: 0, max: poolSize, idleTimeoutMillis: idleTimeoutMs },
  });
  const close = async (): Promise<void> => {
    await orm.close(true);
    setTimeout(() => watch?.destroyRemaining(), CLOSE_GRACE_MS).unref();
  };
  return { orm, enableQueryTimeout: () => watch?.enableQueryTimeout(), close };
}

/** An ORM on the host's connections. Closing it would close the host's pool. */
async function openShared(options: SchemaOptions & { readonly orm: MikroORM }): Promise<OpenedOrm> {
  const { orm: owner } = options;
  await owner.connect();
  const { em } = owner as OwnOrm;
  const orm = new MikroORM<AbstractSqlDriver>({
    ...common(options),
    driver: owner.driver.constructor as NonNullable<Options<AbstractSqlDriver>['driver']>,
    dbName: owner.config.get('dbName') ?? '',
    driverOptions: () => em.fork().getKysely(),
  });
  return { orm, enableQueryTimeout: () => undefined, close: async () => undefined };
}

/** The ORM leaves the closing of a database that it did not open to us. */
async function openEmbedded(options: EmbeddedOptions): Promise<OpenedOrm> {
  const { PgliteDriver } = await loadDriver(() => import('@mikro-orm/pglite'), '@mikro-orm/pglite');
  const { PGlite, protocol, types } = await loadDriver(
    () => import('@electric-sql/pglite'),
    '@electric-sql/pglite',
  );
  const dataDir = 'folder' in options ? options.folder : 'memory://';
  const parsers = createPostgreSqlTypeParsers(
    (text) => types.arrayParser(text, (item) => item, types.TEXT) as string[],
  );
  const pglite = new PreparedPglite(await PGlite.create({ dataDir, parsers }), protocol);
  const orm = new MikroORM<AbstractSqlDriver>({
    ...common(options),
    driver: PgliteDriver,
    dbName: dataDir,
    // A factory, since the ORM copies what options hold.
    driverOptions: { pglite: () => pglite },
  });
  const close = async (): Promise<void> => {
    await orm.close(true);
    await pglite.close();
  };
  return { orm, enableQueryTimeout: () => undefined, close };
}

function common({
  schema = DEFAULT_SCHEMA,
}: {
  readonly schema?: string;
}): Partial<Options<AbstractSqlDriver>> {
  return {
    schema,
    entities: [...gamekeeperEntities],
    // Named twice, because MIKRO_ORM_* in the host's environment means the host's entities.
    entitiesTs: [...gamekeeperEntities],
    contextName: 'gamekeeper',
    // Sessions of the host may live in any zone; instants must not depend on it.
    forceUtcTimezone: true,
  };
}

async function loadDriver<Module>(load: () => Promise<Module>, name: string): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    throw new MissingDriverError(name, error);
  }
}
