import { StoreUnavailableError } from '@gamekeeper/core';
import { Migrator } from '@mikro-orm/migrations';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import { migrations } from '../migrations/index.ts';
import { explained } from './failures.ts';
import { borrowOrm, type OwnOrm } from './open-orm.ts';
import type { Sql } from './postgres-transaction.ts';

/** The table in our schema that remembers which migrations have run. */
const MIGRATIONS_TABLE = 'gamekeeper_migrations';

/** Names the lock among all advisory locks of the database: "gamekeep" as a number, plus the schema's hash. */
const LOCK_SPACE = 0x67616d65;

/**
 * Brings the schema up to date. Safe to call from every instance at once: the first does the work under an advisory
 * lock, the others wait and find it done. Lock and migrations share one connection, so a pool of one is enough.
 */
export async function migrate(orm: OwnOrm, schema: string): Promise<void> {
  const db = (orm.em.fork() as unknown as BasePostgreSqlEntityManager).getKysely<unknown>();
  await db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${LOCK_SPACE}::int, hashtext(${schema}))`.execute(connection);
    const unlock = async (): Promise<void> => {
      await sql`select pg_advisory_unlock(${LOCK_SPACE}::int, hashtext(${schema}))`.execute(connection);
    };
    try {
      await migrateOn(connection, orm, schema);
    } catch (error) {
      // A connection that is gone took the lock along; the transaction that was lost with it would be waited for for ever.
      if (!(explained(error) instanceof StoreUnavailableError)) await unlock();
      throw error;
    }
    await unlock();
  });
}

async function migrateOn(connection: Sql, orm: OwnOrm, schema: string): Promise<void> {
  // By the real name of the database: for one that it does not find, the migrator creates another and reconnects.
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(connection);
  const borrowed = borrowOrm(orm, connection, { dbName: rows[0]!.name, schema });
  // The whole of it, because the ORM fills what is missing from the host's MIKRO_ORM_* environment.
  borrowed.config.set('migrations', {
    ...borrowed.config.get('migrations'),
    migrationsList: [...migrations],
    tableName: MIGRATIONS_TABLE,
    schema,
    transactional: true,
    allOrNothing: true,
    disableForeignKeys: false,
    snapshot: false,
    silent: true,
  });
  Migrator.register(borrowed as never);
  await borrowed.connect();
  await borrowed.migrator.up();
}
