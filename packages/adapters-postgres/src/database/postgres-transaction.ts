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
import { databaseIn } from '../host-transactions/executor-database.ts';
import { executorOf, type HostTransaction } from '../host-transactions/host-transaction.ts';
import type { SqlExecutor } from '../host-transactions/sql-executor.ts';

/** A database whose tables have no Kysely types: our statements are written as SQL. */
export type Sql = Kysely<unknown>;

/**
 * A transaction on PostgreSQL. Our own transactions begin with the first call that uses them, so that work without
 * statements costs no BEGIN and no COMMIT.
 */
export class PostgresTransaction implements Transaction {
  readonly store = 'PostgreSQL';
  /** Whether the host began it and runs its own statements in it. */
  readonly isHostOwned: boolean;
  /** Whether it will be rolled back: all that it changes stays locked until then. */
  readonly isDryRun: boolean;
  /** `null` in a transaction of another library than MikroORM. */
  readonly #createEm: (() => BasePostgreSqlEntityManager) | null;
  readonly #begin: () => Promise<Sql>;
  #em: BasePostgreSqlEntityManager | undefined;
  #db: Promise<Sql> | undefined;
  #failure: unknown;
  #events: Record<string, number> = {};
  #hasEnded = false;

  private constructor(
    createEm: (() => BasePostgreSqlEntityManager) | null,
    begin: () => Promise<Sql>,
    { isHosts = false, isRehearsal = false },
  ) {
    this.isHostOwned = isHosts;
    this.isDryRun = isRehearsal;
    this.#createEm = createEm;
    this.#begin = begin;
  }

  /** Returns a transaction that the host has begun. */
  static fromEntityManager(em: BasePostgreSqlEntityManager): PostgresTransaction {
    const begin = async (): Promise<Sql> => {
      // Outside of its transaction the entity manager would use any connection.
      if (!em.isInTransaction()) throw new TransactionEndedError('PostgreSQL');
      return em.getKysely<unknown>();
    };
    return new PostgresTransaction(() => em, begin, { isHosts: true });
  }

  /** Returns a transaction that the host has begun with another library. */
  static fromExecutor(executor: SqlExecutor): PostgresTransaction {
    return new PostgresTransaction(null, () => databaseIn(executor), { isHosts: true });
  }

  /**
   * Returns a transaction that takes a connection and begins at its first use.
   *
   * @param createEm creates its entity manager, which most transactions do without: it costs as much as a statement
   */
  static lazy(createEm: () => BasePostgreSqlEntityManager, begin: () => Promise<Sql>): PostgresTransaction {
    return new PostgresTransaction(createEm, begin, {});
  }

  /** Returns the same transaction, marked as one that will be rolled back. */
  asDryRun(): PostgresTransaction {
    return new PostgresTransaction(
      () => this.#entityManager,
      () => this.db(),
      { isRehearsal: true },
    );
  }

  /** @throws {ForeignTransactionError} for a transaction of another store */
  static of(tx: Transaction): PostgresTransaction {
    if (tx instanceof PostgresTransaction) return tx;
    throw new ForeignTransactionError('PostgreSQL', tx);
  }

  get touched(): boolean {
    return this.#db !== undefined;
  }

  /**
   * Returns Kysely inside the transaction, which it begins.
   *
   * @throws {TransactionEndedError}
   */
  async db(): Promise<Sql> {
    if (this.#hasEnded) throw new TransactionEndedError(this.store);
    const db = await (this.#db ??= this.#begin());
    if (isOver(db)) throw new TransactionEndedError(this.store);
    return db;
  }

  /** Remembers how many events of each type a statement has written in it. */
  countEvents(events: Readonly<Record<string, number>> | null): void {
    for (const [type, count] of Object.entries(events ?? {}))
      this.#events[type] = (this.#events[type] ?? 0) + count;
  }

  /** Returns what was counted since the last call; `null` if nothing was. */
  takeEvents(): Readonly<Record<string, number>> | null {
    const events = this.#events;
    this.#events = {};
    return Object.keys(events).length === 0 ? null : events;
  }

  /** Ends it: later calls throw. */
  end(): void {
    this.#hasEnded = true;
  }

  /** Whether it has begun, so that it may see rows that are not visible outside. */
  get hasBegun(): boolean {
    return this.isHostOwned || this.touched;
  }

  /**
   * Runs our own statements in it.
   *
   * @throws {StoreUnavailableError} if the connection was lost
   * @throws {TransactionConflictError} if another transaction conflicts: all of this one must be repeated
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
   * Rethrows the error of a failed statement, unless the transaction was rolled back to a savepoint since. Without this
   * check, COMMIT of a failed transaction rolls back silently.
   */
  async assertUsable(): Promise<void> {
    if (this.#failure === undefined) return;
    await sql`select`.execute(await this.db()).catch(() => {
      throw this.#failure;
    });
  }

  /**
   * Returns the ORM's entity manager inside the transaction, which it begins.
   *
   * @throws {InvalidOptionError} in a transaction of another library
   */
  async em(): Promise<BasePostgreSqlEntityManager> {
    await this.db();
    return this.#entityManager;
  }

  /** Writes what was persisted through the entity manager, if it was used. */
  async flush(): Promise<void> {
    await this.#em?.flush();
  }

  get #entityManager(): BasePostgreSqlEntityManager {
    if (this.#createEm) return (this.#em ??= this.#createEm());
    const given = described('one that another library has begun');
    throw new InvalidOptionError(
      'tx',
      given,
      'must be a transaction of Gamekeeper or MikroORM to have entities',
    );
  }
}

/** Whether a transaction of the ORM was committed or rolled back. */
function isOver(db: Sql): boolean {
  const { isCommitted, isRolledBack } = db as unknown as Partial<ControlledTransaction<unknown>>;
  return isCommitted === true || isRolledBack === true;
}

/**
 * Returns a transaction for Gamekeeper's methods that uses one which the host has begun on the same database: what it
 * does is committed and rolled back with the host's own statements.
 *
 * @param transaction what your library passes to the callback of its transaction: MikroORM's entity manager, TypeORM's
 *   entity manager or query runner, the `tx` of Prisma and Drizzle, the `trx` of Kysely and Knex; or a client of `pg`
 *   after `BEGIN`
 * @throws {InvalidOptionError} if it is none of these, or is in no transaction
 * @example
 * await dataSource.transaction(async (manager) => {
 *   await manager.save(new Booking(player));
 *   await host.lives.spend(player, { tx: postgresTransaction(manager) });
 * });
 */
export function postgresTransaction(transaction: EntityManager | HostTransaction): Transaction {
  if (!isMikroOrm(transaction)) return PostgresTransaction.fromExecutor(executorOf(transaction));
  if (!transaction.isInTransaction()) {
    throw new InvalidOptionError(
      'transaction',
      described('an entity manager that is not in a transaction'),
      'must be the entity manager that em.transactional() passes to its callback',
    );
  }
  return PostgresTransaction.fromEntityManager(transaction as unknown as BasePostgreSqlEntityManager);
}

function isMikroOrm(transaction: EntityManager | HostTransaction): transaction is EntityManager {
  return typeof (transaction as Partial<EntityManager> | null)?.isInTransaction === 'function';
}

/**
 * Returns the entity manager of a transaction, for a host's own job that uses its own entities. It is the host's if the
 * adapters share the host's MikroORM (`orm`); otherwise it knows only Gamekeeper's entities. What it persists is
 * flushed before the batch commits.
 */
export async function entityManagerOf(tx: Transaction): Promise<EntityManager> {
  return PostgresTransaction.of(tx).em();
}
