import { assertKnownOptions, withMethods } from '@gamekeeper/core/engine';
import { types } from 'node:util';
import { readActiveBackends, terminateOrphans, type BackendStatus } from './backends.ts';
import { endsConnection, isReadOnly } from './failures.ts';
import type { PgClient, PgPool, WatchablePool } from './pg-pool.ts';
import { poolTimeouts, type PoolTimeouts } from './postgres-options.ts';

/** A connection younger than this would be read-only again if it was replaced. Milliseconds. */
const YOUNG_MS = 1_000;
/** Interval between two checks of a backend that is not executing: its reply may be on its way. Milliseconds. */
const RECHECK_INTERVAL_MS = 1_000;

/** Maximum number of closed connections that are remembered. */
const MAX_ORPHANS = 1_000;

/** The state of a connection of the pool. */
interface TrackedConnection {
  readonly client: PgClient;
  readonly madeAt: number;
  /** Statements without a reply. */
  readonly pendingStatements: Set<Statement>;
  isCheckedOut: boolean;
  isEnded: boolean;
  /** Set when the connection is to be closed at its return; `why` is set if no reply will come. */
  retired: { readonly why: string | undefined } | undefined;
  /** Why we closed it; the driver's error only says that it was closed. */
  reason: Error | undefined;
}

interface Statement {
  readonly askedAt: number;
  idleLooks: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Closes connections of a pool that cannot be used any more, so that the pool opens new ones: those that the server is
 * about to end, those to a server that became read-only (the old primary of a failover), and those without a reply
 * although the server is not executing. Otherwise the pool keeps them, because Kysely returns every connection as
 * healthy.
 */
export class PoolWatch {
  readonly #pool: PgPool;
  readonly #timeouts: PoolTimeouts;
  readonly #translateError: (error: unknown) => unknown;
  readonly #connections = new Map<PgClient, TrackedConnection>();
  #queryTimeoutMs = Infinity;
  /** Closed without the server's knowledge, and not terminated there yet. */
  #orphans: TrackedConnection[] = [];
  #looking: Promise<{ readonly seen: BackendStatus; readonly begunAt: number }> | undefined;

  /** @param told translates an error of a statement on this pool before it is thrown */
  constructor(pool: PgPool, timeouts: PoolTimeouts, told: (error: unknown) => unknown = (error) => error) {
    this.#pool = pool;
    this.#timeouts = timeouts;
    this.#translateError = told;
    pool.on('connect', (client) => this.#watch(client));
    pool.on('remove', (client) => this.#connections.delete(client));
    pool.on('acquire', (client) => this.#setCheckedOut(client, true));
    pool.on('release', (_, client) => this.#setCheckedOut(client, false));
  }

  /** Sets the timeout of all later statements: migrations before may take longer. */
  enableQueryTimeout(): void {
    const { queryTimeoutMs } = this.#timeouts;
    this.#queryTimeoutMs = queryTimeoutMs === 0 ? Infinity : queryTimeoutMs;
  }

  /**
   * Destroys the remaining sockets after the pool was closed: a polite end to a dead server would keep the process
   * alive.
   */
  destroyRemaining(): void {
    for (const watched of this.#connections.values()) destroySocket(watched);
  }

  #watch(client: PgClient): void {
    const made = performance.now();
    const watched: TrackedConnection = {
      client,
      madeAt: made,
      pendingStatements: new Set(),
      isCheckedOut: true,
      isEnded: false,
      retired: undefined,
      reason: undefined,
    };
    this.#connections.set(client, watched);
    if (this.#orphans.length > 0) void this.#endOrphans();
    const query = client.query.bind(client);
    client.query = (...args) => this.#trackQuery(watched, query(...args));
  }

  #setCheckedOut(client: PgClient, isOut: boolean): void {
    const watched = this.#connections.get(client);
    if (!watched) return;
    watched.isCheckedOut = isOut;
    // The pool is about to check whether the connection was ended.
    if (!isOut && watched.retired) this.#end(watched, watched.retired.why);
  }

  /** A query returns a reply to come, or a cursor with one reply per read. */
  #trackQuery(watched: TrackedConnection, given: unknown): unknown {
    if (types.isPromise(given)) return this.#trackStatement(watched, given);
    if (isCursor(given)) {
      const read = given.read.bind(given);
      given.read = (...args) => this.#trackQuery(watched, read(...args));
    }
    return given;
  }

  async #trackStatement(watched: TrackedConnection, answer: Promise<unknown>): Promise<unknown> {
    const statement: Statement = { askedAt: performance.now(), idleLooks: 0, timer: undefined };
    watched.pendingStatements.add(statement);
    this.#scheduleCheck(watched, statement, this.#timeouts.silenceTimeoutMs);
    try {
      return await answer;
    } catch (error) {
      this.#failed(watched, error);
      throw this.#translateError(watched.reason ?? error);
    } finally {
      watched.pendingStatements.delete(statement);
      clearTimeout(statement.timer);
    }
  }

  #failed(watched: TrackedConnection, error: unknown): void {
    if (!endsConnection(error)) return;
    if (!isReadOnly(error)) return this.#end(watched);
    // Other connections to the same server would fail the same way.
    const before = performance.now() - YOUNG_MS;
    if (watched.madeAt < before) this.#end(watched);
    this.#retire(before);
  }

  /**
   * Retires connections that were opened before an instant: they are not used again.
   *
   * @param lost also retires those without a reply since an instant, which will never come
   */
  #retire(before: number, lost?: { readonly since: number; readonly why: string }): void {
    for (const watched of this.#connections.values()) {
      if (watched.madeAt >= before) continue;
      watched.retired ??= { why: lost?.why };
      // The pool notices a closed socket and forgets the connection; one that is in use is closed at its return.
      if (!watched.isCheckedOut) destroySocket(watched);
      else if (lost && [...watched.pendingStatements].some(({ askedAt }) => askedAt <= lost.since))
        this.#end(watched, lost.why);
    }
  }

  /**
   * Closes a connection; the pool does not reuse it, and outstanding statements fail at once.
   *
   * @param why the reason if no reply will come: then it is closed without notice, and the server does not know
   */
  #end(watched: TrackedConnection, why?: string): void {
    if (watched.isEnded) return;
    watched.isEnded = true;
    void watched.client.end();
    if (why === undefined) return;
    watched.reason = Object.assign(new Error(why), { code: 'ETIMEDOUT' });
    this.#orphans = [...this.#orphans.slice(1 - MAX_ORPHANS), watched];
    destroySocket(watched);
  }

  /** Terminates the backends as soon as the server is reachable. */
  async #endOrphans(): Promise<void> {
    const orphans = this.#orphans;
    this.#orphans = [];
    const now = performance.now();
    const left = orphans.map(({ client, madeAt }) => ({
      backend: client.processID ?? 0,
      ageMs: now - madeAt,
    }));
    const { connectTimeoutMs } = this.#timeouts;
    if (!(await terminateOrphans(this.#pool, left, connectTimeoutMs))) {
      this.#orphans = [...orphans, ...this.#orphans].slice(-MAX_ORPHANS);
    }
  }

  #scheduleCheck(watched: TrackedConnection, statement: Statement, ms: number): void {
    const left = statement.askedAt + this.#queryTimeoutMs - performance.now();
    statement.timer = setTimeout(
      () => void this.#checkStatement(watched, statement),
      Math.max(0, Math.min(ms, left)),
    );
  }

  async #checkStatement(watched: TrackedConnection, statement: Statement): Promise<void> {
    const waitedMs = Math.round(performance.now() - statement.askedAt);
    if (waitedMs >= this.#queryTimeoutMs) {
      this.#end(watched, `a statement took longer than postgres.queryTimeoutMs, ${this.#queryTimeoutMs} ms`);
      return this.#endOrphans();
    }
    this.#looking ??= this.#readBackends().finally(() => (this.#looking = undefined));
    const { seen, begunAt } = await this.#looking;
    if (!watched.pendingStatements.has(statement)) return;
    const silence = `no response for ${waitedMs} ms`;
    if (seen === 'unreachable') {
      const why = `${silence}, and the server cannot be reached`;
      return this.#retire(begunAt, { since: begunAt, why });
    }
    const isAtWork = seen === 'unknown' || seen.has(watched.client.processID ?? 0);
    statement.idleLooks = isAtWork ? 0 : statement.idleLooks + 1;
    const { silenceTimeoutMs } = this.#timeouts;
    if (statement.idleLooks > 1) {
      // A firewall or proxy has dropped this connection and probably those opened at the same time. One that still
      // looks active is waiting for a lock of a dropped one, or its reply will be lost.
      const why = `${silence}, and the server is not executing the statement`;
      this.#retire(begunAt, { since: performance.now() - silenceTimeoutMs, why });
      return this.#endOrphans();
    }
    this.#scheduleCheck(
      watched,
      statement,
      isAtWork ? silenceTimeoutMs : Math.min(RECHECK_INTERVAL_MS, silenceTimeoutMs),
    );
  }

  /** Checks all connections at once: if one is silent, others soon are. */
  async #readBackends(): Promise<{ readonly seen: BackendStatus; readonly begunAt: number }> {
    const begunAt = performance.now();
    const backends = [...this.#connections.keys()].map(({ processID }) => processID ?? 0);
    return { seen: await readActiveBackends(this.#pool, backends, this.#timeouts.connectTimeoutMs), begunAt };
  }
}

/**
 * Watches the connections of your own `pg` pool: those that cannot be used any more are closed, so that the pool opens
 * new ones. For a host that shares its pool or its MikroORM with the adapters.
 *
 * @param timeouts default: those of `postgresAdapters({ url })`, without a limit for statements that the server is
 * executing
 * @throws {InvalidOptionError}
 * @example
 * const pool = new Pool({ connectionString });
 * watchPool(pool);
 * @example
 * const orm = new MikroORM({ clientUrl, entities, driverOptions: { onPoolCreated: (pool) => watchPool(pool) } });
 */
export function watchPool(pool: WatchablePool, timeouts: Partial<PoolTimeouts> = {}): void {
  withMethods('pool', pool, ['on', 'query'], 'must be a pool of pg');
  assertKnownOptions('postgres.', timeouts, ['connectTimeoutMs', 'silenceTimeoutMs', 'queryTimeoutMs']);
  new PoolWatch(
    pool as unknown as PgPool,
    poolTimeouts({ queryTimeoutMs: 0, ...timeouts }),
  ).enableQueryTimeout();
}

/** Without a polite end, which would never arrive. */
function destroySocket({ client }: TrackedConnection): void {
  client.connection.stream.destroy();
}

function isCursor(given: unknown): given is { read: (...args: readonly unknown[]) => unknown } {
  return typeof given === 'object' && given !== null && 'read' in given && typeof given.read === 'function';
}
