import {
  ForeignTransactionError,
  InvalidOptionError,
  TransactionEndedError,
  type Transaction,
} from '@gamekeeper/core';
import { described } from '@gamekeeper/core/engine';
import type { EntityManager } from '@mikro-orm/core';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/sql';
import { sql, type ControlledTransaction, type Kysely } from 'kysely';
import { asStoreError } from './conflicts.ts';

/** A database whose tables Kysely does not know by type: our statements are written as SQL. */
export type Sql = Kysely<unknown>;

/**
 * A transaction on PostgreSQL. One of our own begins with the first verb that uses it, so that work which finds nothing
 * to do costs no BEGIN and no COMMIT.
 */
export class PostgresTransaction implements Transaction {
  readonly store = 'PostgreSQL';
  /** Whether the host began it, and has statements of its own in it. */
  readonly isHostOwned: boolean;
  /** Whether it will be undone: all that it changes stays locked until then. */
  readonly isDryRun: boolean;
  readonly #em: BasePostgreSqlEntityManager;
  readonly #begin: () => Promise<Sql>;
  #db: Promise<Sql> | undefined;
  #failure: unknown;
  #hasEnded = false;

  private constructor(
    em: BasePostgreSqlEntityManager,
    begin: () => Promise<Sql>,
    { isHosts = false, isRehearsal = false },
  ) {
    this.isHostOwned = isHosts;
    this.isDryRun = isRehearsal;
    this.#em = em;
    this.#begin = begin;
  }

  /** One that the host has begun. */
  static fromEntityManager(em: BasePostgreSqlEntityManager): PostgresTransaction {
    const begin = async (): Promise<Sql> => {
      // Outside of its transaction the entity manager would hand out any connection.
      if (!em.isInTransaction()) throw new TransactionEndedError('PostgreSQL');
      return em.getKysely<unknown>();
    };
    return new PostgresTransaction(em, begin, { isHosts: true });
  }

  /** One that takes a connection and begins when it is first used. */
  static lazy(em: BasePostgreSqlEntityManager, begin: () => Promise<Sql>): PostgresTransaction {
    return new PostgresTransaction(em, begin, {});
  }

  /** The same transaction, for work that will be undone. */
  asDryRun(): PostgresTransaction {
    return new PostgresTransaction(this.#em, () => this.db(), { isRehearsal: true });
  }

  /** @throws {ForeignTransactionError} for a transaction of another store */
  static of(tx: Transaction): PostgresTransaction {
    if (tx instanceof PostgresTransaction) return tx;
    throw new ForeignTransactionError('PostgreSQL', tx);
  }

  get touched(): boolean {
    return this.#db !== undefined;
  }

  /** Kysely inside the transaction, which it begins. @throws {TransactionEndedError} */
  async db(): Promise<Sql> {
    if (this.#hasEnded) throw new TransactionEndedError(this.store);
    const db = await (this.#db ??= this.#begin());
    if (isOver(db)) throw new TransactionEndedError(this.store);
    return db;
  }

  /** From now on it is refused. */
  end(): void {
    this.#hasEnded = true;
  }

  /** Whether there is something to be seen in it that nobody sees outside: it has begun. */
  get hasBegun(): boolean {
    return this.isHostOwned || this.touched;
  }

  /**
   * Carries out statements of ours in it.
   *
   * @throws {StoreUnavailableError} when the connection was lost
   * @throws {TransactionConflictError} when another transaction is in the way: the whole of this one must be repeated
   */
  async within<Result>(statements: (db: Sql) => Promise<Result>): Promise<Result> {
    const db = await this.db();
    try {
      return await statements(db);
    } catch (error) {
      const reason = asStoreError(error);
      this.#failure ??= reason;
      throw reason;
    }
  }

  /**
   * Throws what a statement threw, unless somebody has gone back to a savepoint since: the server undoes such a
   * transaction without a word when it is told to commit it.
   */
  async assertUsable(): Promise<void> {
    if (this.#failure === undefined) return;
    await sql`select`.execute(await this.db()).catch(() => {
      throw this.#failure;
    });
  }

  /** The ORM's entity manager inside the transaction, which it begins. */
  async em(): Promise<BasePostgreSqlEntityManager> {
    await this.db();
    return this.#em;
  }
}

/** Whether a transaction of the ORM's was committed or rolled back. */
function isOver(db: Sql): boolean {
  const { isCommitted, isRolledBack } = db as unknown as Partial<ControlledTransaction<unknown>>;
  return isCommitted === true || isRolledBack === true;
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
      described('one that is not in a transaction'),
      'must be the entity manager that em.transactional() passes to its callback',
    );
  }
  return PostgresTransaction.fromEntityManager(em as unknown as BasePostgreSqlEntityManager);
}

/**
 * The entity manager behind a transaction, for a job of the host's own that works with its own entities. It is the
 * host's when the adapters share the host's MikroORM (`orm`); otherwise it knows Gamekeeper's entities only. What it
 * persists is flushed before the batch commits.
 */
export async function entityManagerOf(tx: Transaction): Promise<EntityManager> {
  return PostgresTransaction.of(tx).em();
}
