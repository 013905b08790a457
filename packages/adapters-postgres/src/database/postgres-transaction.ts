import { ForeignTransactionError, InvalidOptionError, type Transaction } from '@gamekeeper/core';
import type { EntityManager } from '@mikro-orm/core';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/sql';
import type { Kysely } from 'kysely';

/** A database whose tables Kysely does not know by type: our statements are written as SQL. */
export type Sql = Kysely<unknown>;

/**
 * A transaction on PostgreSQL. One of our own begins with the first verb that uses it, so that work which finds nothing
 * to do costs no BEGIN and no COMMIT.
 */
export class PostgresTransaction implements Transaction {
  readonly store = 'PostgreSQL';
  /** Whether the host began it, and has statements of its own in it. */
  readonly isHosts: boolean;
  /** Whether it will be undone: all that it changes stays locked until then. */
  readonly isRehearsal: boolean;
  readonly #em: BasePostgreSqlEntityManager;
  readonly #begin: () => Promise<Sql>;
  readonly #outside: Sql;
  #db: Promise<Sql> | undefined;

  private constructor(
    em: BasePostgreSqlEntityManager,
    outside: Sql,
    begin: () => Promise<Sql>,
    { isHosts = false, isRehearsal = false },
  ) {
    this.isHosts = isHosts;
    this.isRehearsal = isRehearsal;
    this.#em = em;
    this.#outside = outside;
    this.#begin = begin;
  }

  /** One that the host has begun. */
  static begun(em: BasePostgreSqlEntityManager): PostgresTransaction {
    const db = em.getKysely<unknown>();
    return new PostgresTransaction(em, db, async () => db, { isHosts: true });
  }

  /** One that takes a connection and begins when it is first used; until then looks are had outside of it. */
  static lazy(em: BasePostgreSqlEntityManager, outside: Sql, begin: () => Promise<Sql>): PostgresTransaction {
    return new PostgresTransaction(em, outside, begin, {});
  }

  /** The same transaction, for work that will be undone. */
  rehearsing(): PostgresTransaction {
    return new PostgresTransaction(this.#em, this.#outside, () => this.db(), { isRehearsal: true });
  }

  /** @throws {ForeignTransactionError} for a transaction of another store */
  static of(tx: Transaction): PostgresTransaction {
    if (tx instanceof PostgresTransaction) return tx;
    throw new ForeignTransactionError('PostgreSQL', tx);
  }

  get touched(): boolean {
    return this.#db !== undefined;
  }

  /** Kysely inside the transaction, which it begins. */
  db(): Promise<Sql> {
    this.#db ??= this.#begin();
    return this.#db;
  }

  /** Kysely for a look that does not begin the transaction. */
  async peek(): Promise<Sql> {
    return this.#db ?? this.#outside;
  }

  /** The ORM's entity manager inside the transaction, which it begins. */
  async em(): Promise<BasePostgreSqlEntityManager> {
    await this.db();
    return this.#em;
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
  return PostgresTransaction.begun(em as unknown as BasePostgreSqlEntityManager);
}

/**
 * The entity manager behind a transaction, for a job of the host's own that works with its own entities. It is the
 * host's when the adapters share the host's MikroORM (`orm`); otherwise it knows Gamekeeper's entities only. What it
 * persists is flushed before the batch commits.
 */
export async function entityManagerOf(tx: Transaction): Promise<EntityManager> {
  return PostgresTransaction.of(tx).em();
}
