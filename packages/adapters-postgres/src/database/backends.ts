import { sqlState } from './failures.ts';
import type { PgClient, PgPool } from './pg-pool.ts';

/**
 * What a separate connection reports about connections with unanswered statements: `unreachable` (no connection to the
 * server), `unknown` (a pooler is between), or the pids of the backends that are executing.
 */
export type BackendStatus = 'unreachable' | 'unknown' | ReadonlySet<number>;

/** A role sees its own sessions, and a pool has only those. Reads no table, takes no lock. */
const ACTIVE_BACKENDS = `
  select pid, pg_catalog.pg_backend_pid() as own from pg_catalog.pg_stat_activity
  where (pid = any($1::int[]) or pid = pg_catalog.pg_backend_pid()) and coalesce(state, 'active') in ('active', 'fastpath function call')
`;

/** A backend that a closed connection may have left on the server. */
export interface Orphan {
  readonly backend: number;
  /** How long the connection had existed. Milliseconds. */
  readonly ageMs: number;
}

/**
 * Not through a pooler, whose pids are not the server's. A backend that has the pid now is ours only if it has existed
 * as long.
 */
const TERMINATE = `
  select pg_catalog.pg_terminate_backend(pid)
  from rows from (pg_catalog.unnest($1::int[]), pg_catalog.unnest($2::float8[])) as orphan (pid, age_ms)
  join pg_catalog.pg_stat_activity using (pid)
  where pg_catalog.pg_backend_pid() = $3::int
    and extract(epoch from pg_catalog.clock_timestamp() - backend_start) * 1000 between age_ms - 2000 and age_ms + $4::float8
`;

/** Returns which backends are executing, within a timeout in milliseconds. Never throws. */
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
    // A rejection shows that somebody is there: a pooler without a free connection, or a server at its limit.
    return isReached || isRefusal(error) ? 'unknown' : 'unreachable';
  }
}

/**
 * Terminates backends whose connections were closed: the server does not know yet, and would keep their transactions
 * and locks for hours. Returns whether the server could be reached; never throws.
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

/** Runs work on a connection outside the pool, in which no connection may work. */
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

/** A server that is starting or stopping executes no earlier statement. */
function isRefusal(error: unknown): boolean {
  return /^(?!57P|08|EPIPE)[\dA-Z]{5}$/.test(sqlState(error) ?? '');
}
