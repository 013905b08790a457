import { ForeignTransactionError, InvalidOptionError, type Transaction } from '@gamekeeper/core';
import type { EntityManager } from '@mikro-orm/core';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/sql';
import type { Kysely } from 'kysely';

/** A database whose tables Kysely does not know by type: our statements are written as SQL. */
export type Sql = Kysely<unknown>;

/** A transaction on PostgreSQL. */
export class PostgresTransaction implements Transaction {
  readonly store = 'PostgreSQL';
  readonly #em: BasePostgreSqlEntityManager;
  readonly #db: Sql;

  constructor(em: BasePostgreSqlEntityManager) {
    this.#em = em;
    this.#db = em.getKysely<unknown>();
  }

  /** @throws {ForeignTransactionError} for a transaction of another store */
  static of(tx: Transaction): PostgresTransaction {
    if (tx instanceof PostgresTransaction) return tx;
    throw new ForeignTransactionError('PostgreSQL', tx);
  }

  /** The ORM's entity manager, inside the transaction. */
  get em(): BasePostgreSqlEntityManager {
    return this.#em;
  }

  /** Kysely, inside the transaction. */
  get db(): Sql {
    return this.#db;
  }
}

/**
 * Lets Gamekeeper's verbs take part in a transaction that the host has opened on the same database.
 *
 * @param em the entity manager that MikroORM hands to `em.transactional(async (em) => …)`
 * @throws {InvalidOptionError} when it is in no transaction
 * @example
 * await orm.em.transactional(async (em) => {
 *   em.persist(new Booking(player));
 *   await host.lives.spend(player, { tx: postgresTransaction(em) });
 * });
 */
export function postgresTransaction(em: EntityManager): Transaction {
  if (!em.isInTransaction()) {
    throw new InvalidOptionError(
      'em',
      'outside a transaction',
      'pass the one that em.transactional() hands to its callback',
    );
  }
  return new PostgresTransaction(em as unknown as BasePostgreSqlEntityManager);
}

/** The entity manager behind a transaction, for a job of the host's own that works with its own entities. */
export function entityManagerOf(tx: Transaction): EntityManager {
  return PostgresTransaction.of(tx).em;
}
