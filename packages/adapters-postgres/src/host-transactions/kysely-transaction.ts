import type { CompiledQuery } from 'kysely';
import type { SqlExecutor } from './sql-executor.ts';

/** A transaction of the host's own Kysely, of any version since 0.24. */
export interface KyselyTransactionLike {
  readonly isTransaction: boolean;
  readonly isCommitted?: boolean;
  readonly isRolledBack?: boolean;
  withoutPlugins(): {
    executeQuery(
      query: CompiledQuery,
    ): Promise<{ readonly rows: unknown[]; readonly numAffectedRows?: bigint | undefined }>;
  };
}

/** Returns an executor on a transaction of the host's Kysely, past its plugins, which may rename columns. */
export function kyselyExecutor(trx: KyselyTransactionLike): SqlExecutor {
  const plain = trx.withoutPlugins();
  return {
    execute: async (text, parameters) => {
      const query = { sql: text, parameters, query: { kind: 'RawNode' }, queryId: { queryId: '' } };
      const { rows, numAffectedRows = 0n } = await plain.executeQuery(query as unknown as CompiledQuery);
      return { rows: rows as object[], affected: Number(numAffectedRows) };
    },
    isOpen: () => (trx.isCommitted === true || trx.isRolledBack === true ? false : null),
  };
}
