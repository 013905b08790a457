import {
  ForeignTransactionError,
  InvalidOptionError,
  StoreUnavailableError,
  type Transaction,
} from '@gamekeeper/core';
import { TransactionContext, type EntityManager } from '@mikro-orm/core';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/sql';
import type { ControlledTransaction, Kysely } from 'kysely';

/** A database whose tables Kysely does not know by type: our statements are written as SQL. */
export type Sql = Kysely<unknown>;

/**
 * A transaction on PostgreSQL. One of our own begins with the first verb that uses it, so that work which finds nothing
 * to do costs no BEGIN and no COMMIT.
 */
export class PostgresTransaction implements Transaction {
  readonly store = 'PostgreSQL';
  readonly #em: BasePostgreSqlEntityManager;
  readonly #begin: () => Promise<Sql>;
  readonly #connection: Sql;
  #db: Promise<Sql> | undefined;

  private constructor(em: BasePostgreSqlEntityManager, connection: Sql, begin: () => Promise<Sql>) {
    this.#em = em;
    this.#connection = connection;
    this.#begin = begin;
  }

  /** One that the host has begun. */
  static begun(em: BasePostgreSqlEntityManager): PostgresTransaction {
    const db = em.getKysely<unknown>();
    return new PostgresTransaction(em, db, async () => db);
  }

  /** One that begins on a connection when it is first used. */
  static lazy(
    em: BasePostgreSqlEntityManager,
    connection: Sql,
    begin: () => Promise<Sql>,
  ): PostgresTransaction {
    return new PostgresTransaction(em, connection, begin);
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

  /** Kysely on the transaction's connection, for a look that does not begin it. */
  async peek(): Promise<Sql> {
    return this.#db ?? this.#connection;
  }

  /** The ORM's entity manager inside the transaction, which it begins. */
  async em(): Promise<BasePostgreSqlEntityManager> {
    await this.db();
    return this.#em;
  }
}

/**
 * Does work in a transaction on a connection that somebody else gives back. What the work threw is answered and not
 * thrown, to be told from trouble with the connection.
 *
 * This is `em.transactional` but for the connection: that one, and Kysely's own transactions, keep a connection that
 * broke for ever, until the pool has none left.
 *
 * @throws {StoreUnavailableError} when the connection was lost: all is undone
 */
export async function transact<Result>(
  connection: Sql,
  em: BasePostgreSqlEntityManager,
  work: (tx: Transaction) => Promise<Result>,
): Promise<PromiseSettledResult<Result>> {
  let open: OpenTransaction | undefined;
  const tx = PostgresTransaction.lazy(em, connection, async () => {
    open = await connection.startTransaction().execute();
    em.setTransactionContext(open);
    return open;
  });
  const done = TransactionContext.create(em, async () => {
    const result = await work(tx);
    if (open) await em.flush();
    return result;
  });
  const [outcome] = await Promise.allSettled([done]);
  if (open && outcome.status === 'fulfilled') await commit(open);
  else if (open && outcome.status === 'rejected') await rollback(open, outcome.reason);
  return outcome;
}

async function commit(open: OpenTransaction): Promise<void> {
  try {
    await open.commit().execute();
  } catch (error) {
    await rollback(open, error);
    throw error;
  }
}

/** A connection that cannot even roll back is gone, and whatever went wrong before went wrong for that reason. */
async function rollback(open: OpenTransaction, reason: unknown): Promise<void> {
  try {
    await open.rollback().execute();
  } catch {
    throw reason instanceof StoreUnavailableError ? reason : new StoreUnavailableError('PostgreSQL', reason);
  }
}

type OpenTransaction = ControlledTransaction<unknown>;

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
