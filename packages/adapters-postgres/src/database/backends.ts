import { sqlState } from './failures.ts';
import type { PgClient, PgPool } from './pg-pool.ts';

/**
 * What a connection of its own finds out about others that owe an answer: that nobody can be reached, that the server
 * cannot tell (a pooler is in between), or which of the backends are at work.
 */
export type Seen = 'unreachable' | 'unknown' | ReadonlySet<number>;

/** A role sees its own sessions, and those are all that a pool has. No table, no lock. */
const AT_WORK = `
  select pid, pg_catalog.pg_backend_pid() as own from pg_catalog.pg_stat_activity
  where (pid = any($1::int[]) or pid = pg_catalog.pg_backend_pid()) and coalesce(state, 'active') in ('active', 'fastpath function call')
`;

/** Not through a pooler, whose numbers are none of the server's. */
const TERMINATE = `select pg_catalog.pg_terminate_backend($1::int) where pg_catalog.pg_backend_pid() = $2::int`;

/** Looks which backends are at work, within so many milliseconds. Never throws. */
export async function lookAtBackends(
  pool: PgPool,
  backends: readonly number[],
  withinMs: number,
): Promise<Seen> {
  let isReached = false;
  const look = async (client: PgClient): Promise<Seen> => {
    isReached = true;
    const { rows } = (await client.query(AT_WORK, [backends])) as {
      readonly rows: readonly { readonly pid: number; readonly own: number }[];
    };
    return rows[0]?.own === client.processID ? new Set(rows.map(({ pid }) => pid)) : 'unknown';
  };
  try {
    return await aside(pool, withinMs, look);
  } catch (error) {
    // Whoever answers is there: a pooler without a free connection, a server that has no more of them.
    return isReached || isRefusal(error) ? 'unknown' : 'unreachable';
  }
}

/** Ends a backend whose connection was cut: it would go on with its statement, and keep its locks. Never throws. */
export async function terminateBackend(pool: PgPool, backend: number, withinMs: number): Promise<void> {
  const terminate = async (client: PgClient): Promise<void> => {
    await client.query(TERMINATE, [backend, client.processID]);
  };
  await aside(pool, withinMs, terminate).catch(() => undefined);
}

/** Does something on a connection outside the pool, which may have none that works. */
async function aside<Result>(
  pool: PgPool,
  withinMs: number,
  work: (client: PgClient) => Promise<Result>,
): Promise<Result> {
  const client = new pool.Client(pool.options);
  client.on('error', () => undefined);
  const timer = setTimeout(() => client.connection.stream.destroy(), withinMs);
  try {
    await client.connect();
    return await work(client);
  } finally {
    clearTimeout(timer);
    void client.end();
  }
}

/** A server that is starting or stopping does not work on anything that it was asked before. */
function isRefusal(error: unknown): boolean {
  return /^(?!57P|08|EPIPE)[\dA-Z]{5}$/.test(sqlState(error) ?? '');
}
