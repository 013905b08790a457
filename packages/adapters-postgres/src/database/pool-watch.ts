import { readActiveBackends, terminateOrphans, type BackendStatus } from './backends.ts';
import { endsConnection, isReadOnly } from './failures.ts';
import type { PgClient, PgPool } from './pg-pool.ts';
import { poolTimeouts, type PoolTimeouts } from './postgres-options.ts';

/** A connection that was younger than this when the server refused to write would be refused again if made anew. */
const YOUNG_MS = 1_000;
/** Between two looks at a backend that is not at work: its answer may be on its way. */
const RECHECK_INTERVAL_MS = 1_000;

/** How many connections that were cut are remembered. */
const MAX_ORPHANS = 1_000;

/** What is known of a connection of the pool. */
interface TrackedConnection {
  readonly client: PgClient;
  readonly madeAt: number;
  /** Statements that are not answered. */
  readonly pendingStatements: Set<Statement>;
  isCheckedOut: boolean;
  isEnded: boolean;
  /** Set when it is to be ended as soon as it comes back: and why, where nothing comes back on it. */
  retired: { readonly why: string | undefined } | undefined;
  /** Why we ended it; what the driver says then is only that it was ended. */
  reason: Error | undefined;
}

interface Statement {
  readonly askedAt: number;
  idleLooks: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Ends connections of a pool that are of no more use, so that the pool makes others: those that the server is about to
 * end, those to a server that takes no writes any more (a failover's old primary), and those that nothing comes back on
 * though the server is not at work. Without it the pool keeps them: Kysely gives each connection back without a word.
 */
export class PoolWatch {
  readonly #pool: PgPool;
  readonly #timeouts: PoolTimeouts;
  readonly #translateError: (error: unknown) => unknown;
  readonly #connections = new Map<PgClient, TrackedConnection>();
  #queryTimeoutMs = Infinity;
  /** Cut without the server's knowing, and not ended there yet. */
  #orphans: TrackedConnection[] = [];
  #looking: Promise<{ readonly seen: BackendStatus; readonly begunAt: number }> | undefined;

  /** @param told what is thrown in place of an error: whoever asked on this pool, it was about our connection */
  constructor(pool: PgPool, timeouts: PoolTimeouts, told: (error: unknown) => unknown = (error) => error) {
    this.#pool = pool;
    this.#timeouts = timeouts;
    this.#translateError = told;
    pool.on('connect', (client) => this.#watch(client));
    pool.on('remove', (client) => this.#connections.delete(client));
    pool.on('acquire', (client) => this.#setCheckedOut(client, true));
    pool.on('release', (_, client) => this.#setCheckedOut(client, false));
  }

  /** Bounds every statement from now on: those that have made the schema may have taken as long as they liked. */
  enableQueryTimeout(): void {
    const { queryTimeoutMs } = this.#timeouts;
    this.#queryTimeoutMs = queryTimeoutMs === 0 ? Infinity : queryTimeoutMs;
  }

  /** Cuts what is left when the pool has been closed: a goodbye to a server that is gone would keep the process alive. */
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
    // The pool is about to ask whether it was ended.
    if (!isOut && watched.retired) this.#end(watched, watched.retired.why);
  }

  /** What a query gives back is an answer to come, or a cursor whose reads give one each. */
  #trackQuery(watched: TrackedConnection, given: unknown): unknown {
    if (given instanceof Promise) return this.#trackStatement(watched, given);
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
    // Others to the same server would fail the same way, one after the other.
    const before = performance.now() - YOUNG_MS;
    if (watched.madeAt < before) this.#end(watched);
    this.#retire(before);
  }

  /**
   * Lets connections that were made before an instant be used no more.
   *
   * @param lost also those on which an answer has been owed since an instant, and will never come
   */
  #retire(before: number, lost?: { readonly since: number; readonly why: string }): void {
    for (const watched of this.#connections.values()) {
      if (watched.madeAt >= before) continue;
      watched.retired ??= { why: lost?.why };
      // The pool notices that a socket is gone and forgets the connection; one that is out is ended at its return.
      if (!watched.isCheckedOut) destroySocket(watched);
      else if (lost && [...watched.pendingStatements].some(({ askedAt }) => askedAt <= lost.since))
        this.#end(watched, lost.why);
    }
  }

  /**
   * The pool takes it back no more; what is still asked on it fails at once.
   *
   * @param why no answer comes on it: then there is no goodbye, and the server does not know
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

  /** As soon as the server can be reached again. */
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
    const silence = `no answer for ${waitedMs} ms`;
    if (seen === 'unreachable') {
      const why = `${silence}, and the server cannot be reached`;
      return this.#retire(begunAt, { since: begunAt, why });
    }
    const isAtWork = seen === 'unknown' || seen.has(watched.client.processID ?? 0);
    statement.idleLooks = isAtWork ? 0 : statement.idleLooks + 1;
    const { silenceTimeoutMs } = this.#timeouts;
    if (statement.idleLooks > 1) {
      // Something on the way has forgotten this connection, and others of its age: one that seems to be at work waits
      // for a lock of such a one, or soon answers into the void.
      const why = `${silence}, and the server is not at work on it`;
      this.#retire(begunAt, { since: performance.now() - silenceTimeoutMs, why });
      return this.#endOrphans();
    }
    this.#scheduleCheck(
      watched,
      statement,
      isAtWork ? silenceTimeoutMs : Math.min(RECHECK_INTERVAL_MS, silenceTimeoutMs),
    );
  }

  /** All connections at once: when one is silent, others soon are. */
  async #readBackends(): Promise<{ readonly seen: BackendStatus; readonly begunAt: number }> {
    const begunAt = performance.now();
    const backends = [...this.#connections.keys()].map(({ processID }) => processID ?? 0);
    return { seen: await readActiveBackends(this.#pool, backends, this.#timeouts.connectTimeoutMs), begunAt };
  }
}

/**
 * Looks after the connections of a pool of `pg` that is your own: those that are of no more use are ended, so that the
 * pool makes others. For a host that shares its MikroORM with the adapters.
 *
 * @param timeouts default: those of `postgresAdapters({ url })`, and statements may take as long as the server is at work
 * @throws {InvalidOptionError}
 * @example
 * const orm = new MikroORM({ clientUrl, entities, driverOptions: { onPoolCreated: (pool) => watchPool(pool) } });
 */
export function watchPool(pool: PgPool, timeouts: Partial<PoolTimeouts> = {}): void {
  new PoolWatch(pool, poolTimeouts({ queryTimeoutMs: 0, ...timeouts })).enableQueryTimeout();
}

/** Without a goodbye, which would never arrive. */
function destroySocket({ client }: TrackedConnection): void {
  client.connection.stream.destroy();
}

function isCursor(given: unknown): given is { read: (...args: readonly unknown[]) => unknown } {
  return typeof given === 'object' && given !== null && 'read' in given && typeof given.read === 'function';
}
