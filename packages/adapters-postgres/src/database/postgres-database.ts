import {
  GamekeeperError,
  silentLogger,
  type Logger,
  type OpenContext,
  type Rehearsals,
  type Rehearsed,
  type Transaction,
  type Transactions,
} from '@gamekeeper/core';
import type { MikroORM } from '@mikro-orm/core';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import { isConflict, named } from './conflicts.ts';
import { explained } from './failures.ts';
import { lockFolder, type FolderLock } from './folder-lock.ts';
import { migrate } from './migrate.ts';
import { assertMigrated } from './assert-migrated.ts';
import { openOrm, type OpenedOrm, type OwnOrm } from './open-orm.ts';
import {
  DEFAULT_MIGRATION_TIMEOUT_MS,
  DEFAULT_SCHEMA,
  checkedOptions,
  connectionOptions,
  type PostgresOptions,
  type UrlOptions,
} from './postgres-options.ts';
import { PostgresTransaction, type Sql } from './postgres-transaction.ts';
import { poolOf, type ConnectionPool } from './pool-metrics.ts';
import { rehearse } from './rehearse.ts';
import { realPauses, repeatOnConflict, type Pauses } from './repeat-on-conflict.ts';
import { tendEmbedded } from './tend-embedded.ts';
import { tablesIn, type Tables } from './sql.ts';
import { transact } from './transact.ts';

/** The database was used before it was opened, or after it was closed. */
export class DatabaseNotOpenError extends GamekeeperError<'DATABASE_NOT_OPEN'> {
  constructor() {
    super(
      'DATABASE_NOT_OPEN',
      'The PostgreSQL database is not open; start the host (or call open()) before its first use.',
    );
  }
}

interface Opened extends OpenedOrm {
  readonly db: Sql;
  readonly lock: FolderLock | undefined;
  readonly pool: ConnectionPool | null;
}

/** One PostgreSQL database, embedded or on a server, and the transactions on it. */
export class PostgresDatabase implements Transactions, Rehearsals {
  readonly schema: string;
  readonly tables: Tables;
  /** Whether it was opened for tests that make its clock stand still: the option `pinnableClock`. */
  readonly isClockPinnable: boolean;
  readonly #options: PostgresOptions;
  readonly #pauses: Pauses;
  #opened: Opened | undefined;

  /**
   * @param pauses between the tries of a transaction that conflicts with others
   * @throws {InvalidOptionError} for options that cannot work
   */
  constructor(options: PostgresOptions, pauses: Pauses = realPauses) {
    this.#options = checkedOptions(options);
    this.#pauses = pauses;
    this.schema = options.schema ?? DEFAULT_SCHEMA;
    this.isClockPinnable = options.pinnableClock ?? false;
    this.tables = tablesIn(this.schema, this.isClockPinnable);
  }

  /**
   * Connects and brings the schema up to date.
   *
   * @param context a host's; by default it migrates, logs nothing and is never aborted
   * @throws {StoreUnavailableError} when the server cannot be reached
   * @throws {SchemaOutdatedError} with `migrate: false`, when migrations have not run
   * @throws {MigrationTimeoutError} when somebody else holds a lock that a migration needs
   * @throws {FolderInUseError} {@link MissingDriverError}
   */
  async open({ migrate: mayMigrate = true, ...context }: Partial<OpenContext> = {}): Promise<void> {
    const lock = 'folder' in this.#options ? await lockFolder(this.#options.folder) : undefined;
    let opened: OpenedOrm | undefined;
    try {
      opened = await openOrm(this.#options);
      const { orm } = opened;
      await orm.connect();
      const db = entityManager(orm).getKysely<unknown>();
      if (mayMigrate) await this.#migrate(orm, context);
      else await assertMigrated(db, this.schema);
      if ('folder' in this.#options || 'memory' in this.#options) await tendEmbedded(db, this.tables);
      opened.limitQueries();
      if ('url' in this.#options) await tellOfConnections(db, this.#options, context.logger);
      const pool = await poolOf('orm' in this.#options ? this.#options.orm : opened.orm);
      this.#opened = { ...opened, db, lock, pool };
    } catch (error) {
      await giveBack(opened, lock).catch(() => undefined);
      throw explained(error);
    }
  }

  #migrate(orm: OwnOrm, context: Partial<OpenContext>): Promise<void> {
    return migrate(orm, {
      schema: this.schema,
      timeoutMs: this.#options.migrationTimeoutMs ?? DEFAULT_MIGRATION_TIMEOUT_MS,
      logger: silentLogger,
      signal: new AbortController().signal,
      ...context,
    });
  }

  /** Gives connections back; those of the host's own MikroORM stay open. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened) await giveBack(opened, opened.lock);
  }

  /** Drops our schema with all that is in it: for tests and replays, which have a schema of their own. */
  async dropSchema(): Promise<void> {
    await this.within(undefined, (db) => sql`drop schema ${sql.id(this.schema)} cascade`.execute(db));
  }

  /** Our own MikroORM, with the entities of our tables. */
  get orm(): OwnOrm {
    return this.#open.orm;
  }

  /** The pool of its connections, the host's own where they are shared; `null` where there is none. */
  get pool(): ConnectionPool | null {
    return this.#opened?.pool ?? null;
  }

  async run<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    const { db } = this.#open;
    return repeatOnConflict(this.#pauses, () => transact(db, this.#em(), work));
  }

  async rehearse<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Rehearsed<Result>> {
    const { db } = this.#open;
    return rehearse(db, () => this.#em(), { tables: this.tables, pauses: this.#pauses }, work);
  }

  /**
   * Carries out a statement in the transaction it was given, or on its own. Alone it costs no BEGIN and no COMMIT unless
   * the server's default isolation is in its way.
   *
   * @throws {StoreUnavailableError} {@link StatementTimeoutError}
   * @throws {RowLockedError} where the session's own `lock_timeout` ended a wait
   * @throws {TransactionConflictError} in a transaction: the whole of that must be repeated
   */
  async within<Result>(
    tx: Transaction | undefined,
    statement: (db: Sql) => Promise<Result>,
  ): Promise<Result> {
    const { db } = this.#open;
    if (tx) return PostgresTransaction.of(tx).within(statement);
    try {
      return await statement(db);
    } catch (error) {
      if (!isConflict(error)) throw named(error);
    }
    return this.run((own) => PostgresTransaction.of(own).within(statement));
  }

  /** Has a look that neither begins a transaction nor, inside one that has begun, needs another connection. */
  look<Result>(tx: Transaction | undefined, statement: (db: Sql) => Promise<Result>): Promise<Result> {
    return this.within(tx && PostgresTransaction.of(tx).hasBegun ? tx : undefined, statement);
  }

  /** The host's where it shares its ORM: what a job of its own persists is flushed. */
  #em(): BasePostgreSqlEntityManager {
    return entityManager('orm' in this.#options ? this.#options.orm : this.#open.orm);
  }

  get #open(): Opened {
    if (!this.#opened) throw new DatabaseNotOpenError();
    return this.#opened;
  }
}

/** What an operator needs in order to add up what all hosts may open. */
async function tellOfConnections(db: Sql, options: UrlOptions, logger: Logger = silentLogger): Promise<void> {
  const asked = sql<{ max: number }>`select current_setting('max_connections')::int as max`;
  const { rows } = await asked.execute(db);
  const { poolSize: atMost } = connectionOptions(options);
  logger.info('connected to PostgreSQL', { connectionsAtMost: atMost, serverAllows: rows[0]?.max });
}

async function giveBack(opened: OpenedOrm | undefined, lock: FolderLock | undefined): Promise<void> {
  try {
    await opened?.close();
  } finally {
    await lock?.release();
  }
}

function entityManager(orm: MikroORM): BasePostgreSqlEntityManager {
  return orm.em.fork() as unknown as BasePostgreSqlEntityManager;
}
