import { TransactionEndedError } from '@gamekeeper/core';
import {
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely';
import { sqlState } from '../database/failures.ts';
import type { SqlExecutor } from './sql-executor.ts';
import { sqlParameter } from './sql-parameter.ts';

/** Fails outside of a transaction, and waits for nobody: every statement takes this lock for a moment. */
const ASSERT_IN_TRANSACTION = 'lock table pg_catalog.pg_class in access share mode';
const NO_ACTIVE_TRANSACTION = '25P01';

/**
 * Returns Kysely inside a transaction that a host has begun with another library.
 *
 * @throws {TransactionEndedError} when used outside of the transaction: before its begin or after its end
 */
export async function databaseIn(executor: SqlExecutor): Promise<Kysely<unknown>> {
  const connection = new ExecutorConnection(executor);
  if (executor.isOpen() === null) {
    await executor.execute(ASSERT_IN_TRANSACTION, []).catch((error: unknown) => {
      throw sqlState(error) === NO_ACTIVE_TRANSACTION ? new TransactionEndedError('PostgreSQL') : error;
    });
  }
  return new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driverOf(connection),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

class ExecutorConnection implements DatabaseConnection {
  readonly #executor: SqlExecutor;

  constructor(executor: SqlExecutor) {
    this.#executor = executor;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#executor.isOpen() === false) throw new TransactionEndedError('PostgreSQL');
    const { rows, affected } = await this.#executor.execute(sql, parameters.map(sqlParameter));
    return { rows: rows as Row[], numAffectedRows: BigInt(affected) };
  }

  streamQuery(): never {
    throw new Error('a transaction of the host does not stream; this is a fault of Gamekeeper');
  }
}

/** The host begins and ends its transaction, and keeps its connection. */
function driverOf(connection: DatabaseConnection): Driver {
  const refuse = async (): Promise<never> => {
    throw new Error('a transaction inside a transaction of the host; this is a fault of Gamekeeper');
  };
  return {
    init: async () => undefined,
    acquireConnection: async () => connection,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
}
