import type { SqlExecutor, SqlParameter, SqlResult } from './sql-executor.ts';
import { plainTypes, type PlainTypes } from './plain-types.ts';

/** A client of `pg` with an open transaction, or anything with the same method. */
export interface PgClientLike {
  query(query: PgQuery): Promise<{ readonly rows: readonly object[]; readonly rowCount: number | null }>;
  /** `pg` 8.18 and later: `T` in a transaction, `E` in a failed one, `I` outside. */
  getTransactionStatus?(): string | null;
}

/** A statement with its values, as `pg` takes it. */
export interface PgQuery {
  readonly text: string;
  readonly values: unknown[];
  /** How results are parsed, whatever the application has set for its own. */
  readonly types: PlainTypes;
}

/** Executes one statement on a client of `pg`. */
export async function executeOn(
  client: PgClientLike,
  text: string,
  parameters: readonly SqlParameter[],
): Promise<SqlResult> {
  const { rows, rowCount } = await client.query({ text, values: [...parameters], types: plainTypes });
  return { rows, affected: rowCount ?? 0 };
}

/** Returns an executor on a client of `pg`. */
export function pgClientExecutor(client: PgClientLike): SqlExecutor {
  return {
    execute: (text, parameters) => executeOn(client, text, parameters),
    isOpen: () => {
      const status = client.getTransactionStatus?.() ?? null;
      return status === null ? null : status !== 'I';
    },
  };
}
