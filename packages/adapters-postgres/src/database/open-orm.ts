import { MikroORM, type Options } from '@mikro-orm/core';
import { createPostgreSqlTypeParsers, type AbstractSqlDriver } from '@mikro-orm/sql';
import { gamekeeperEntities } from '../entities/index.ts';
import { MissingDriverError } from './missing-driver-error.ts';
import { PreparedPglite } from './prepared-pglite.ts';
import {
  DEFAULT_SCHEMA,
  databaseIn,
  type EmbeddedOptions,
  type PostgresOptions,
  type ServerOptions,
} from './postgres-options.ts';

/** A MikroORM that is ours to close. */
export type OwnOrm = MikroORM<AbstractSqlDriver>;

/** How long to wait for a server's answer, or for a connection of the pool, before the store counts as unavailable. */
const CONNECT_WITHIN_MS = 10_000;

/** A MikroORM that we made, and how to give back what it holds. */
export interface OpenedOrm {
  readonly orm: OwnOrm;
  readonly close: () => Promise<void>;
}

/** Makes a MikroORM of our own as the options say; for the host's, one that borrows its connections. */
export async function openOrm(options: PostgresOptions): Promise<OpenedOrm> {
  if ('url' in options || 'orm' in options) {
    const orm = new MikroORM<AbstractSqlDriver>({ ...common(options), ...(await connection(options)) });
    // Closing an ORM that borrows the host's connections would close the host's pool.
    return { orm, close: async () => ('url' in options ? orm.close(true) : undefined) };
  }
  return openEmbedded(options);
}

/** The ORM leaves the closing of a database that it did not open to us. */
async function openEmbedded(options: EmbeddedOptions): Promise<OpenedOrm> {
  const { PgliteDriver } = await driver(() => import('@mikro-orm/pglite'), '@mikro-orm/pglite');
  const { PGlite, protocol, types } = await driver(
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
  return { orm, close };
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

async function connection(options: ServerOptions): Promise<Partial<Options<AbstractSqlDriver>>> {
  if ('url' in options) {
    const { PostgreSqlDriver } = await driver(() => import('@mikro-orm/postgresql'), '@mikro-orm/postgresql');
    return {
      driver: PostgreSqlDriver,
      clientUrl: options.url,
      dbName: databaseIn(options.url),
      // The ORM reads host and user from the URL, unless MIKRO_ORM_* says otherwise; the driver reads the rest (sslmode, options) as well.
      driverOptions: {
        connectionString: options.url,
        application_name: 'gamekeeper',
        connectionTimeoutMillis: CONNECT_WITHIN_MS,
        // Without it, a server that vanished from the network would be waited for for ever.
        keepAlive: true,
      },
      pool: { min: 0, max: options.poolSize ?? 10 },
    };
  }
  const { orm } = options;
  await orm.connect();
  const { em } = orm as OwnOrm;
  return {
    driver: orm.driver.constructor as NonNullable<Options<AbstractSqlDriver>['driver']>,
    dbName: orm.config.get('dbName') ?? '',
    driverOptions: () => em.fork().getKysely(),
  };
}

async function driver<Module>(load: () => Promise<Module>, name: string): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    throw new MissingDriverError(name, error);
  }
}
