import { sqlState } from './failures.ts';
import type { PgClient, PgPool } from './pg-pool.ts';

/**
 * What a connection of its own finds out about others that owe an answer: that nobody can be reached, that the server
 * cannot tell (a pooler is in between), or which of the backends are at work.
 */
export type BackendStatus = 'unreachable' | 'unknown' | ReadonlySet<number>;

/** A role sees its own sessions, and those are all that a pool has. No table, no lock. */
const ACTIVE_BACKENDS = `
  select pid, pg_catalog.pg_backend_pid() as own from pg_catalog.pg_stat_activity
  where (pid = any($1::int[]) or pid = pg_catalog.pg_backend_pid()) and coalesce(state, 'active') in ('active', 'fastpath function call')
`;

/** What a connection that was cut may have left on the server. */
export interface Orphan {
  readonly backend: number;
  /** For how long the connection had been there. Milliseconds. */
  readonly ageMs: number;
}

/**
 * Not through a pooler, whose numbers are none of the server's. A backend that has the number now is ours only if it has
 * been there for as long.
 */
const TERMINATE = `
  select pg_catalog.pg_terminate_backend(pid)
  from rows from (pg_catalog.unnest($1::int[]), pg_catalog.unnest($2::float8[])) as orphan (pid, age_ms)
  join pg_catalog.pg_stat_activity using (pid)
  where pg_catalog.pg_backend_pid() = $3::int
    and extract(epoch from pg_catalog.clock_timestamp() - backend_start) * 1000 between age_ms - 2000 and age_ms + $4::float8
`;

/** Looks which backends are at work, within so many milliseconds. Never throws. */
export async function readActiveBackends(
  pool: PgPool,
  backends: readonly number[],
  withinMs: number,
): Promise<BackendStatus> {
  let isReached = false;
  const look = async (client: PgClient): Promise<BackendStatus> => {
    isReached = true;
    const { rows } = (await client.query(ACTIVE_BACKENDS, [backends])) as {
      readonly rows: readonly { readonly pid: number; readonly own: number }[];
    };
    return rows[0]?.own === client.processID ? new Set(rows.map(({ pid }) => pid)) : 'unknown';
  };
  try {
    return await onSeparateConnection(pool, withinMs, look);
  } catch (error) {
    // Whoever answers is there: a pooler without a free connection, a server that has no more of them.
    return isReached || isRefusal(error) ? 'unknown' : 'unreachable';
  }
}

/**
 * Ends backends whose connections were cut: the server has not heard of it, and would keep their transactions and locks
 * for hours. Answers whether it could be asked; never throws.
 */
export async function terminateOrphans(
  pool: PgPool,
  orphans: readonly Orphan[],
  withinMs: number,
): Promise<boolean> {
  const backends = orphans.map(({ backend }) => backend);
  const ages = orphans.map(({ ageMs }) => ageMs);
  const terminate = async (client: PgClient): Promise<boolean> => {
    await client.query(TERMINATE, [backends, ages, client.processID, withinMs + 2_000]);
    return true;
  };
  return onSeparateConnection(pool, withinMs, terminate).catch(() => false);
}

/** Does something on a connection outside the pool, which may have none that works. */
async function onSeparateConnection<Result>(
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
