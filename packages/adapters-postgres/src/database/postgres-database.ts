import { GamekeeperError, type Transaction, type Transactions } from '@gamekeeper/core';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import { explained } from './failures.ts';
import { migrate } from './migrate.ts';
import { openOrm, type OwnOrm } from './open-orm.ts';
import { DEFAULT_SCHEMA, checkedOptions, type PostgresOptions } from './postgres-options.ts';
import { PostgresTransaction, type Sql } from './postgres-transaction.ts';
import { tablesIn, type Tables } from './sql.ts';

/** The database was used before it was opened, or after it was closed. */
export class DatabaseNotOpenError extends GamekeeperError<'DATABASE_NOT_OPEN'> {
  constructor() {
    super(
      'DATABASE_NOT_OPEN',
      'The PostgreSQL database is not open; start the host (or call open()) before its first use.',
    );
  }
}

/** One PostgreSQL database, embedded or on a server, and the transactions on it. */
export class PostgresDatabase implements Transactions {
  readonly schema: string;
  readonly tables: Tables;
  readonly #options: PostgresOptions;
  #orm: OwnOrm | undefined;
  #db: Sql | undefined;

  /** @throws {InvalidOptionError} for options that cannot work */
  constructor(options: PostgresOptions) {
    this.#options = checkedOptions(options);
    this.schema = options.schema ?? DEFAULT_SCHEMA;
    this.tables = tablesIn(this.schema);
  }

  /** Connects and brings the schema up to date. */
  async open(): Promise<void> {
    const orm = await openOrm(this.#options);
    try {
      await orm.connect();
      await migrate(orm, this.schema);
      this.#db = entityManager(orm).getKysely<unknown>();
      this.#orm = orm;
    } catch (error) {
      await this.#close(orm);
      throw explained(error);
    }
  }

  /** Gives connections back; those of the host's own MikroORM stay open. */
  async close(): Promise<void> {
    const orm = this.#orm;
    this.#orm = undefined;
    this.#db = undefined;
    if (orm) await this.#close(orm);
  }

  /** Drops our schema with all that is in it: for tests and replays, which have a schema of their own. */
  async dropSchema(): Promise<void> {
    await this.within(undefined, (db) => sql`drop schema ${sql.id(this.schema)} cascade`.execute(db));
  }

  /** Our own MikroORM, with the entities of our tables. */
  get orm(): OwnOrm {
    if (!this.#orm) throw new DatabaseNotOpenError();
    return this.#orm;
  }

  async run<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    try {
      return await entityManager(this.orm).transactional((em) => work(new PostgresTransaction(em)), {
        clear: false,
      });
    } catch (error) {
      throw explained(error);
    }
  }

  /** Carries out a statement in the transaction it was given, or on its own. */
  async within<Result>(
    tx: Transaction | undefined,
    statement: (db: Sql) => Promise<Result>,
  ): Promise<Result> {
    if (tx) return statement(PostgresTransaction.of(tx).db);
    if (!this.#db) throw new DatabaseNotOpenError();
    try {
      return await statement(this.#db);
    } catch (error) {
      throw explained(error);
    }
  }

  async #close(orm: OwnOrm): Promise<void> {
    // Closing an ORM that borrows the host's connections would close the host's pool.
    if (!('orm' in this.#options)) await orm.close(true);
  }
}

function entityManager(orm: OwnOrm): BasePostgreSqlEntityManager {
  return orm.em.fork() as unknown as BasePostgreSqlEntityManager;
}
