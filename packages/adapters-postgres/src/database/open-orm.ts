import { MikroORM, type Options } from '@mikro-orm/core';
import type { AbstractSqlDriver } from '@mikro-orm/sql';
import type { Kysely } from 'kysely';
import { gamekeeperEntities } from '../entities/index.ts';
import { MissingDriverError } from './missing-driver-error.ts';
import { DEFAULT_SCHEMA, databaseIn, type PostgresOptions } from './postgres-options.ts';

/** A MikroORM that is ours to close. */
export type OwnOrm = MikroORM<AbstractSqlDriver>;

/** How long to wait for a server's answer, or for a connection of the pool, before the store counts as unavailable. */
const CONNECT_WITHIN_MS = 10_000;

/** Connects a MikroORM of our own as the options say; for the host's, one that borrows its connections. */
export async function openOrm(options: PostgresOptions): Promise<OwnOrm> {
  return new MikroORM<AbstractSqlDriver>({ ...common(options), ...(await connection(options)) });
}

/** A MikroORM on a Kysely instance that somebody else owns; it must never be closed. */
export function borrowOrm(
  owner: MikroORM,
  db: Kysely<unknown>,
  { dbName, schema }: { readonly dbName: string; readonly schema: string },
): OwnOrm {
  return new MikroORM<AbstractSqlDriver>({
    ...common({ schema }),
    driver: owner.driver.constructor as NonNullable<Options<AbstractSqlDriver>['driver']>,
    dbName,
    driverOptions: () => db,
  });
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

async function connection(options: PostgresOptions): Promise<Partial<Options<AbstractSqlDriver>>> {
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
  if ('orm' in options) {
    const { orm } = options;
    await orm.connect();
    const { em } = orm as OwnOrm;
    return {
      driver: orm.driver.constructor as NonNullable<Options<AbstractSqlDriver>['driver']>,
      dbName: orm.config.get('dbName') ?? '',
      driverOptions: () => em.fork().getKysely(),
    };
  }
  const { PgliteDriver } = await driver(() => import('@mikro-orm/pglite'), '@mikro-orm/pglite');
  return { driver: PgliteDriver, dbName: 'folder' in options ? options.folder : 'memory://' };
}

async function driver<Module>(load: () => Promise<Module>, name: string): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    throw new MissingDriverError(name, error);
  }
}
