import type { Throttle } from '@gamekeeper/core';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';

/** From how many sessions on that wait for locks a run pauses. */
const MANY_LOCK_WAITS = 5;
/** From this replication lag on a run pauses. Milliseconds. */
const LONG_REPLICATION_LAG_MS = 10_000;
const PAUSE_MS = 1_000;
/** The server is asked no more often. Milliseconds. */
const READ_INTERVAL_MS = 1_000;

/**
 * Pauses runs while many sessions of the server wait for locks, or a replica lags far behind, as far as the role may see
 * that: a role sees the sessions of its own, and with `pg_monitor` all sessions and replicas.
 */
export class PostgresThrottle implements Throttle {
  readonly #database: PostgresDatabase;
  readonly #now: () => number;
  #readAt = -Infinity;
  #pauseMs = 0;

  /** @param now a clock that only moves forward. Milliseconds; by default that of the process */
  constructor(database: PostgresDatabase, now: () => number = () => performance.now()) {
    this.#database = database;
    this.#now = now;
  }

  async pauseMs(): Promise<number> {
    if (this.#now() - this.#readAt < READ_INTERVAL_MS) return this.#pauseMs;
    this.#readAt = this.#now();
    const { lockWaits, replicationLagMs } = await this.#read();
    const isSlow = lockWaits >= MANY_LOCK_WAITS || replicationLagMs >= LONG_REPLICATION_LAG_MS;
    this.#pauseMs = isSlow ? PAUSE_MS : 0;
    return this.#pauseMs;
  }

  /** Reads the server's statistics; takes no lock. */
  async #read(): Promise<{ readonly lockWaits: number; readonly replicationLagMs: number }> {
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<{ lockWaits: number; replicationLagMs: number }>`
        select
          (select pg_catalog.count(*)::int from pg_catalog.pg_stat_activity
            where wait_event_type = 'Lock' and datname = pg_catalog.current_database()) as "lockWaits",
          (select coalesce(pg_catalog.max(extract(epoch from replay_lag) * 1000), 0)::int
            from pg_catalog.pg_stat_replication) as "replicationLagMs"
      `.execute(db),
    );
    return rows[0]!;
  }
}
