import { executeOn, type PgClientLike } from './pg-client.ts';
import type { SqlExecutor } from './sql-executor.ts';

/** A transaction of Knex: what `knex.transaction(async (trx) => …)` passes to its callback. */
export interface KnexTransactionLike {
  readonly isTransaction?: boolean;
  isCompleted(): boolean;
  readonly client: { acquireConnection(): Promise<unknown> };
}

/**
 * Returns an executor on a transaction of Knex. It uses the transaction's connection, past the hooks that rename columns
 * of results.
 */
export function knexExecutor(trx: KnexTransactionLike): SqlExecutor {
  return {
    execute: async (text, parameters) =>
      executeOn((await trx.client.acquireConnection()) as PgClientLike, text, parameters),
    isOpen: () => !trx.isCompleted(),
  };
}
