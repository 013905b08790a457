import {
  GamekeeperError,
  silentLogger,
  type Logger,
  type SetupFinding,
  type Transaction,
  type Transactions,
} from '@gamekeeper/core';
import { failedSetup, type OpenContext, type DryRuns, type DryRunResult } from '@gamekeeper/core/ports';
import type { MikroORM } from '@mikro-orm/core';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import { isConflict, asStoreError } from './conflicts.ts';
import { asUnavailable } from './failures.ts';
import { lockFolder, type FolderLock } from './folder-lock.ts';
import { openOrm, type OpenedOrm, type OwnOrm } from './open-orm.ts';
import {
  DEFAULT_MIGRATION_TIMEOUT_MS,
  DEFAULT_SCHEMA,
  checkedOptions,
  connectionOptions,
  loginOf,
  type PostgresOptions,
  type UrlOptions,
} from './postgres-options.ts';
import { PostgresTransaction, type Sql } from './postgres-transaction.ts';
import { poolOf, type ConnectionPool } from './pool-metrics.ts';
import { prepareSchema } from './prepare-schema.ts';
import { isPermissionDenied, asLoginError } from './access-errors.ts';
import { rehearse } from './dry-run.ts';
import { realRetryDelays, retryOnConflict, type RetryDelays } from './retry-on-conflict.ts';
import { grantsProblem, readSetup } from './schema-setup.ts';
import { setupFindings } from './setup-findings.ts';
import { maintainEmbedded } from './maintain-embedded.ts';
import { tablesIn, type Tables } from './sql.ts';
import { runTransaction } from './run-transaction.ts';

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
export class PostgresDatabase implements Transactions, DryRuns {
  readonly schema: string;
  readonly tables: Tables;
  /** Whether it was opened for tests that make its clock stand still: the option `pinnableClock`. */
  readonly isClockPinnable: boolean;
  readonly #options: PostgresOptions;
  readonly #pauses: RetryDelays;
  #opened: Opened | undefined;

  /**
   * @param pauses between the tries of a transaction that conflicts with others
   * @throws {InvalidOptionError} for options that cannot work
   */
  constructor(options: PostgresOptions, pauses: RetryDelays = realRetryDelays) {
    this.#options = checkedOptions(options);
    this.#pauses = pauses;
    this.schema = options.schema ?? DEFAULT_SCHEMA;
    this.isClockPinnable = options.pinnableClock ?? false;
    this.tables = tablesIn(this.schema, this.isClockPinnable);
  }

  /**
   * Connects and brings the schema up to date, unless the context or the options say `migrate: false`.
   *
   * @param context a host's; by default it migrates as the options say, logs nothing and is never aborted
   * @throws {StoreUnavailableError} when the server cannot be reached
   * @throws {LoginRefusedError} {@link DatabaseMissingError} when it lets nobody of this name in
   * @throws {GrantsMissingError} when the role lacks rights that a host needs
   * @throws {SchemaOutdatedError} when migrations have not run, and may not be run from here
   * @throws {SchemaTooNewError} when a newer version has made the schema unusable for this one
   * @throws {MigrationTimeoutError} when somebody else holds a lock that a migration needs
   * @throws {FolderInUseError} {@link MissingDriverError}
   */
  async open({ migrate, ...context }: Partial<OpenContext> = {}): Promise<void> {
    const lock = 'folder' in this.#options ? await lockFolder(this.#options.folder) : undefined;
    let opened: OpenedOrm | undefined;
    try {
      opened = await openOrm(this.#options);
      const { orm } = opened;
      await orm.connect();
      const db = entityManager(orm).getKysely<unknown>();
      await prepareSchema(orm, {
        schema: this.schema,
        migrates: migrate ?? this.#migrates,
        timeoutMs: this.#options.migrationTimeoutMs ?? DEFAULT_MIGRATION_TIMEOUT_MS,
        logger: silentLogger,
        signal: new AbortController().signal,
        ...context,
      });
      if ('folder' in this.#options || 'memory' in this.#options) await maintainEmbedded(db, this.tables);
      opened.enableQueryTimeout();
      if ('url' in this.#options) await logConnectionLimits(db, this.#options, context.logger);
      const pool = await poolOf('orm' in this.#options ? this.#options.orm : opened.orm);
      this.#opened = { ...opened, db, lock, pool };
    } catch (error) {
      await releaseAll(opened, lock).catch(() => undefined);
      throw asLoginError(error, loginOf(this.#options)) ?? asUnavailable(error);
    }
  }

  /**
   * Tells what opening would find out: whether the server lets us in, where the schema stands, and which grants are
   * missing. Changes nothing, and may be asked whether the database is open or not.
   */
  async checkSetup(): Promise<readonly SetupFinding[]> {
    const look = async (db: Sql) => setupFindings(await readSetup(db, this.schema), this.#migrates);
    if (this.#opened) return look(this.#opened.db);
    if (!('url' in this.#options || 'orm' in this.#options)) return [embedded];
    let opened: OpenedOrm | undefined;
    try {
      opened = await openOrm(this.#options);
      await opened.orm.connect();
      opened.enableQueryTimeout();
      return await look(entityManager(opened.orm).getKysely<unknown>());
    } catch (error) {
      return [failedSetup('connection', asLoginError(error, loginOf(this.#options)) ?? asUnavailable(error))];
    } finally {
      await opened?.close().catch(() => undefined);
    }
  }

  /** Gives connections back; those of the host's own MikroORM stay open. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened) await releaseAll(opened, opened.lock);
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
    return retryOnConflict(this.#pauses, () => runTransaction(db, this.#em(), work));
  }

  async dryRun<Result>(work: (tx: Transaction) => Promise<Result>): Promise<DryRunResult<Result>> {
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
    try {
      return await (tx ? PostgresTransaction.of(tx).within(statement) : statement(db));
    } catch (error) {
      if (tx || !isConflict(error)) throw await this.#translateError(error);
    }
    return this.run((own) => PostgresTransaction.of(own).within(statement));
  }

  /** Has a look that neither begins a transaction nor, inside one that has begun, needs another connection. */
  read<Result>(tx: Transaction | undefined, statement: (db: Sql) => Promise<Result>): Promise<Result> {
    return this.within(tx && PostgresTransaction.of(tx).hasBegun ? tx : undefined, statement);
  }

  /** The host's where it shares its ORM: what a job of its own persists is flushed. */
  #em(): BasePostgreSqlEntityManager {
    return entityManager('orm' in this.#options ? this.#options.orm : this.#open.orm);
  }

  /** A right that was taken away while a host runs is named as exactly as at its start. */
  async #translateError(thrown: unknown): Promise<unknown> {
    if (!isPermissionDenied(thrown)) return asLoginError(thrown) ?? asStoreError(thrown);
    const setup = await readSetup(this.#open.db, this.schema).catch(() => null);
    return (setup && grantsProblem(setup)) ?? thrown;
  }

  get #migrates(): boolean {
    return this.#options.migrate ?? true;
  }

  get #open(): Opened {
    if (!this.#opened) throw new DatabaseNotOpenError();
    return this.#opened;
  }
}

const embedded: SetupFinding = {
  subject: 'connection',
  status: 'ok',
  text: 'The embedded database runs in this process: it has no logins and no grants.',
  code: null,
  fix: [],
};

/** What an operator needs in order to add up what all hosts may open. */
async function logConnectionLimits(
  db: Sql,
  options: UrlOptions,
  logger: Logger = silentLogger,
): Promise<void> {
  const asked = sql<{ max: number }>`select pg_catalog.current_setting('max_connections')::int as max`;
  const { rows } = await asked.execute(db);
  const { poolSize: atMost } = connectionOptions(options);
  logger.info('connected to PostgreSQL', { connectionsAtMost: atMost, serverAllows: rows[0]?.max });
}

async function releaseAll(opened: OpenedOrm | undefined, lock: FolderLock | undefined): Promise<void> {
  try {
    await opened?.close();
  } finally {
    await lock?.release();
  }
}

function entityManager(orm: MikroORM): BasePostgreSqlEntityManager {
  return orm.em.fork() as unknown as BasePostgreSqlEntityManager;
}
