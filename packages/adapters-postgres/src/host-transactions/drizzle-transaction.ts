import { isError } from '@gamekeeper/core/engine';
import { pgClientExecutor, type PgClientLike } from './pg-client.ts';
import type { SqlExecutor, SqlResult } from './sql-executor.ts';

/** A transaction of Drizzle: what `db.transaction(async (tx) => …)` passes to its callback. */
export interface DrizzleTransactionLike {
  rollback(): never;
  setTransaction(config: { readonly isolationLevel?: 'read committed' }): Promise<void>;
}

/** Drizzle's session, which its types leave out. */
interface DrizzleSession {
  readonly client?: unknown;
  prepareQuery(
    query: { readonly sql: string; readonly params: readonly unknown[] },
    fields: undefined,
    name: undefined,
    isArrayMode: false,
  ): { execute(): Promise<unknown> };
}

/** The session of something that may be Drizzle's. */
export function drizzleSession(given: object): DrizzleSession | null {
  const { session } = given as { readonly session?: Partial<DrizzleSession> };
  return typeof session?.prepareQuery === 'function' ? (session as DrizzleSession) : null;
}

/** Returns an executor on a transaction of Drizzle, with `pg` or with another driver. */
export function drizzleExecutor(session: DrizzleSession): SqlExecutor {
  const { client } = session;
  if (isPgClient(client)) return pgClientExecutor(client);
  return {
    execute: async (text, parameters) => {
      const prepared = session.prepareQuery({ sql: text, params: parameters }, undefined, undefined, false);
      const result = await prepared.execute().catch((error: unknown) => {
        throw isError(error) && isError(error.cause) ? error.cause : error;
      });
      return resultOf(result);
    },
    isOpen: () => null,
  };
}

/** postgres.js returns an array with a count; others an object with rows, as `pg` does. */
function resultOf(result: unknown): SqlResult {
  if (Array.isArray(result)) {
    const { count } = result as { readonly count?: number };
    return { rows: [...(result as object[])], affected: count ?? result.length };
  }
  const { rows, rowCount, affectedRows } = result as {
    readonly rows: object[];
    readonly rowCount?: number | null;
    readonly affectedRows?: number;
  };
  return { rows, affected: rowCount ?? affectedRows ?? 0 };
}

function isPgClient(client: unknown): client is PgClientLike {
  return typeof client === 'object' && client !== null && 'query' in client && 'connection' in client;
}
