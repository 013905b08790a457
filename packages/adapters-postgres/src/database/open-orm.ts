import { MikroORM, type Options } from '@mikro-orm/core';
import { createPostgreSqlTypeParsers, type AbstractSqlDriver } from '@mikro-orm/sql';
import { PostgresDialect } from 'kysely';
import { gamekeeperEntities } from '../entities/index.ts';
import { asUnavailable } from './failures.ts';
import { MissingDriverError } from './missing-driver-error.ts';
import { PreparedPglite } from './prepared-pglite.ts';
import type { PgPool } from './pg-pool.ts';
import { PreparedStatements } from './prepared-statements.ts';
import { PoolWatch } from './pool-watch.ts';
import { sharedPool } from './shared-pool.ts';
import {
  DEFAULT_SCHEMA,
  connectionOptions,
  databaseIn,
  type EmbeddedOptions,
  type PoolOptions,
  type SchemaOptions,
  type PostgresOptions,
  type UrlOptions,
} from './postgres-options.ts';

/** A MikroORM that we created and must close. */
export type OwnOrm = MikroORM<AbstractSqlDriver>;

type Driver = NonNullable<Options<AbstractSqlDriver>['driver']>;

/** TCP keep-alive: how long a connection is silent before probes are sent, at most ten, one per second. Milliseconds. */
const KEEP_ALIVE_AFTER_MS = 10_000;
/** How long a server may take to close connections. Milliseconds. */
const CLOSE_GRACE_MS = 1_000;

/** A MikroORM that we created, and how to close it. */
export interface OpenedOrm {
  readonly orm: OwnOrm;
  /** Sets the statement timeout of the options for all later statements. */
  readonly enableQueryTimeout: () => void;
  readonly close: () => Promise<void>;
}

/** Creates our own MikroORM from the options; for the host's, one that uses the host's connections. */
export async function openOrm(options: PostgresOptions): Promise<OpenedOrm> {
  if ('url' in options) return openServer(options);
  if ('orm' in options) return openShared(options);
  if ('pool' in options) return openOnPool(options);
  return openEmbedded(options);
}

async function openServer(options: SchemaOptions & UrlOptions): Promise<OpenedOrm> {
  const PostgreSqlDriver = await postgreSqlDriver();
  const { poolSize, idleTimeoutMs, preparedStatements, ...timeouts } = connectionOptions(options);
  let watch: PoolWatch | undefined;
  const orm = new MikroORM<AbstractSqlDriver>({
    ...common(options),
    driver: PostgreSqlDriver,
    clientUrl: options.url,
    dbName: databaseIn(options.url),
    // The ORM reads host and user from the URL, unless MIKRO_ORM_* is set; the driver reads the rest (sslmode,
    // options) as well.
    driverOptions: {
      connectionString: options.url,
      application_name: 'gamekeeper',
      connectionTimeoutMillis: timeouts.connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      onPoolCreated: (pool: PgPool) => {
        new PreparedStatements(preparedStatements).attachTo(pool);
        watch = new PoolWatch(pool, timeouts, asUnavailable);
      },
    },
    pool: { min: 0, max: poolSize, idleTimeoutMillis: idleTimeoutMs },
  });
  const close = async (): Promise<void> => {
    await orm.close(true);
    setTimeout(() => watch?.destroyRemaining(), CLOSE_GRACE_MS).unref();
  };
  return { orm, enableQueryTimeout: () => watch?.enableQueryTimeout(), close };
}

/** Returns an ORM on the host's connections. Closing it would close the host's pool. */
async function openShared(options: SchemaOptions & { readonly orm: MikroORM }): Promise<OpenedOrm> {
  const { orm: owner } = options;
  await owner.connect();
  const { em } = owner as OwnOrm;
  const orm = new MikroORM<AbstractSqlDriver>({
    ...common(options),
    driver: owner.driver.constructor as Driver,
    dbName: owner.config.get('dbName') ?? '',
    driverOptions: () => em.fork().getKysely(),
  });
  return { orm, enableQueryTimeout: () => undefined, close: async () => undefined };
}

/** Returns an ORM on the host's pool, which stays open. */
async function openOnPool(options: SchemaOptions & PoolOptions): Promise<OpenedOrm> {
  const PostgreSqlDriver = await postgreSqlDriver();
  const orm = new MikroORM<AbstractSqlDriver>({
    ...common(options),
    driver: PostgreSqlDriver,
    // The pool knows its database; the ORM uses this only as a label.
    dbName: 'postgres',
    driverOptions: () => new PostgresDialect({ pool: sharedPool(options.pool) }),
  });
  return { orm, enableQueryTimeout: () => undefined, close: () => orm.close(true) };
}

/** The ORM does not close a database that it did not open, so we do. */
async function openEmbedded(options: EmbeddedOptions): Promise<OpenedOrm> {
  const { PgliteDriver } = await import('@mikro-orm/pglite').catch(missing('@mikro-orm/pglite'));
  const { PGlite, protocol, types } = await import('@electric-sql/pglite').catch(
    missing('@electric-sql/pglite'),
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
    // A function, because the ORM copies the values of options.
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
    // Set twice, because MIKRO_ORM_* in the host's environment is about the host's entities.
    entitiesTs: [...gamekeeperEntities],
    contextName: 'gamekeeper',
    // Sessions of the host may use any time zone; instants must not depend on it.
    forceUtcTimezone: true,
  };
}

async function postgreSqlDriver(): Promise<Driver> {
  const driver = await import('@mikro-orm/postgresql').catch(missing('@mikro-orm/postgresql'));
  return driver.PostgreSqlDriver;
}

/** For the `catch` at an import itself: by it, bundlers know that the driver need not be installed. */
function missing(name: string): (error: unknown) => never {
  return (error) => {
    throw new MissingDriverError(name, error);
  };
}
