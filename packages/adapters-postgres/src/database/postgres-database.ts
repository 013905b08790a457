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
import { assertMappings, mappingFindings } from '../mapping/check-mappings.ts';
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

/** Thrown when the database is used before it was opened, or after it was closed. */
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

/** A PostgreSQL database, embedded or on a server, and its transactions. */
export class PostgresDatabase implements Transactions, DryRuns {
  readonly schema: string;
  readonly tables: Tables;
  /** Whether it was opened for tests that pin its clock: the option `pinnableClock`. */
  readonly isClockPinnable: boolean;
  readonly #options: PostgresOptions;
  readonly #pauses: RetryDelays;
  #opened: Opened | undefined;

  /**
   * @param pauses the delays between attempts of a transaction that conflicts with others
   * @throws {InvalidOptionError} for invalid options
   */
  constructor(options: PostgresOptions, pauses: RetryDelays = realRetryDelays) {
    this.#options = checkedOptions(options);
    this.#pauses = pauses;
    this.schema = options.schema ?? DEFAULT_SCHEMA;
    this.isClockPinnable = options.pinnableClock ?? false;
    this.tables = tablesIn(this.schema, this.isClockPinnable, options);
  }

  /**
   * Connects and migrates the schema, unless the context or the options say `migrate: false`.
   *
   * @param context the host's; by default it migrates as the options say, logs nothing and is never aborted
   * @throws {StoreUnavailableError} if the server cannot be reached
   * @throws {LoginRefusedError} {@link DatabaseMissingError} if the server rejects the login or lacks the database
   * @throws {GrantsMissingError} if the role lacks privileges that a host needs
   * @throws {SchemaOutdatedError} if migrations are pending and must not run from here
   * @throws {SchemaTooNewError} if a newer version has changed the schema so that this one cannot use it
   * @throws {TableMappingError} if a table of the host's does not fit the option `tables`
   * @throws {MigrationTimeoutError} if another session holds a lock that a migration needs
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
      await assertMappings(db, this.#options.tables);
      if ('folder' in this.#options || 'memory' in this.#options) await maintainEmbedded(db, this.tables);
      opened.enableQueryTimeout();
      if ('url' in this.#options) await logConnectionLimits(db, this.#options, context.logger);
      const pool = await this.#poolOf(opened);
      this.#opened = { ...opened, db, lock, pool };
    } catch (error) {
      await releaseAll(opened, lock).catch(() => undefined);
      throw asLoginError(error, loginOf(this.#options)) ?? asUnavailable(error);
    }
  }

  /**
   * Returns what opening would find: whether the login works, the version of the schema, and missing privileges.
   * Changes nothing; works whether the database is open or not.
   */
  async checkSetup(): Promise<readonly SetupFinding[]> {
    const look = async (db: Sql) => [
      ...setupFindings(await readSetup(db, this.schema), this.#migrates),
      ...(await mappingFindings(db, this.#options.tables)),
    ];
    if (this.#opened) return look(this.#opened.db);
    if ('folder' in this.#options || 'memory' in this.#options) return [embedded];
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

  /** Closes our connections; those of the host's own MikroORM stay open. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened) await releaseAll(opened, opened.lock);
  }

  /** Drops our schema and everything in it: for tests and replays with their own schema. */
  async dropSchema(): Promise<void> {
    await this.within(undefined, (db) => sql`drop schema ${sql.id(this.schema)} cascade`.execute(db));
  }

  /** Our own MikroORM, with the entities of our tables. */
  get orm(): OwnOrm {
    return this.#open.orm;
  }

  /** The pool of connections, the host's if it is shared; `null` without a pool. */
  get pool(): ConnectionPool | null {
    return this.#opened?.pool ?? null;
  }

  async run<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    const { db } = this.#open;
    return retryOnConflict(this.#pauses, () => runTransaction(db, () => this.#em(), work));
  }

  async dryRun<Result>(work: (tx: Transaction) => Promise<Result>): Promise<DryRunResult<Result>> {
    const { db } = this.#open;
    return rehearse(db, () => this.#em(), { tables: this.tables, pauses: this.#pauses }, work);
  }

  /**
   * Runs a statement in the given transaction, or on its own. Without a transaction, it runs in autocommit mode (no
   * BEGIN/COMMIT), and is repeated in a transaction only after a conflict.
   *
   * @throws {StoreUnavailableError} {@link StatementTimeoutError}
   * @throws {RowLockedError} if the session's own `lock_timeout` ended a wait
   * @throws {TransactionConflictError} in a transaction: all of it must be repeated
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

  /** Runs a read inside `tx` if it has already begun; otherwise on any pool connection, without starting `tx`. */
  read<Result>(tx: Transaction | undefined, statement: (db: Sql) => Promise<Result>): Promise<Result> {
    return this.within(tx && PostgresTransaction.of(tx).hasBegun ? tx : undefined, statement);
  }

  /** The host's entity manager if its ORM is shared: what the host's own job persists is flushed. */
  #em(): BasePostgreSqlEntityManager {
    return entityManager('orm' in this.#options ? this.#options.orm : this.#open.orm);
  }

  #poolOf(opened: OpenedOrm): Promise<ConnectionPool | null> {
    if ('pool' in this.#options) return Promise.resolve(this.#options.pool);
    return poolOf('orm' in this.#options ? this.#options.orm : opened.orm);
  }

  /** A privilege that was revoked while a host runs is named as precisely as at its start. */
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

/** Logs what an operator needs to add up the connections of all hosts. */
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
