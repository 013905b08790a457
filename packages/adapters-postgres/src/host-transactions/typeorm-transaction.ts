import { executeOn, type PgClientLike } from './pg-client.ts';
import type { SqlExecutor } from './sql-executor.ts';

/** A query runner of TypeORM with an open transaction. */
export interface TypeOrmQueryRunnerLike {
  readonly isTransactionActive: boolean;
  connect(): Promise<unknown>;
}

/** An entity manager of TypeORM: what `dataSource.transaction(async (manager) => …)` passes to its callback. */
export interface TypeOrmManagerLike {
  readonly queryRunner?: TypeOrmQueryRunnerLike | undefined;
  readonly getRepository: unknown;
}

/** Returns an executor on a transaction of TypeORM. */
export function typeOrmExecutor(runner: TypeOrmQueryRunnerLike): SqlExecutor {
  return {
    execute: async (text, parameters) =>
      executeOn((await runner.connect()) as PgClientLike, text, parameters),
    isOpen: () => runner.isTransactionActive,
  };
}
