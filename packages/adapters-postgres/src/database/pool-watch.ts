import { lookAtBackends, terminateOrphans, type Seen } from './backends.ts';
import { endsConnection, isReadOnly } from './failures.ts';
import type { PgClient, PgPool } from './pg-pool.ts';
import { poolTimeouts, type PoolTimeouts } from './postgres-options.ts';

/** A connection that was younger than this when the server refused to write would be refused again if made anew. */
const YOUNG_MS = 1_000;
/** Between two looks at a backend that is not at work: its answer may be on its way. */
const LOOK_AGAIN_MS = 1_000;

/** How many connections that were cut are remembered. */
const MOST_ORPHANS = 1_000;

/** What is known of a connection of the pool. */
interface Watched {
  readonly client: PgClient;
  readonly madeAt: number;
  /** Statements that are not answered. */
  readonly owed: Set<Statement>;
  isOut: boolean;
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
  readonly #told: (error: unknown) => unknown;
  readonly #watched = new Map<PgClient, Watched>();
  #queryTimeoutMs = Infinity;
  /** Cut without the server's knowing, and not ended there yet. */
  #orphans: Watched[] = [];
  #looking: Promise<{ readonly seen: Seen; readonly begunAt: number }> | undefined;

  /** @param told what is thrown in place of an error: whoever asked on this pool, it was about our connection */
  constructor(pool: PgPool, timeouts: PoolTimeouts, told: (error: unknown) => unknown = (error) => error) {
    this.#pool = pool;
    this.#timeouts = timeouts;
    this.#told = told;
    pool.on('connect', (client) => this.#watch(client));
    pool.on('remove', (client) => this.#watched.delete(client));
    pool.on('acquire', (client) => this.#mark(client, true));
    pool.on('release', (_, client) => this.#mark(client, false));
  }

  /** Bounds every statement from now on: those that have made the schema may have taken as long as they liked. */
  limitQueries(): void {
    const { queryTimeoutMs } = this.#timeouts;
    this.#queryTimeoutMs = queryTimeoutMs === 0 ? Infinity : queryTimeoutMs;
  }

  /** Cuts what is left when the pool has been closed: a goodbye to a server that is gone would keep the process alive. */
  cutRest(): void {
    for (const watched of this.#watched.values()) cut(watched);
  }

  #watch(client: PgClient): void {
    const made = performance.now();
    const watched: Watched = {
      client,
      madeAt: made,
      owed: new Set(),
      isOut: true,
      isEnded: false,
      retired: undefined,
      reason: undefined,
    };
    this.#watched.set(client, watched);
    if (this.#orphans.length > 0) void this.#endOrphans();
    const query = client.query.bind(client);
    client.query = (...args) => this.#followed(watched, query(...args));
  }

  #mark(client: PgClient, isOut: boolean): void {
    const watched = this.#watched.get(client);
    if (!watched) return;
    watched.isOut = isOut;
    // The pool is about to ask whether it was ended.
    if (!isOut && watched.retired) this.#end(watched, watched.retired.why);
  }

  /** What a query gives back is an answer to come, or a cursor whose reads give one each. */
  #followed(watched: Watched, given: unknown): unknown {
    if (given instanceof Promise) return this.#answered(watched, given);
    if (isCursor(given)) {
      const read = given.read.bind(given);
      given.read = (...args) => this.#followed(watched, read(...args));
    }
    return given;
  }

  async #answered(watched: Watched, answer: Promise<unknown>): Promise<unknown> {
    const statement: Statement = { askedAt: performance.now(), idleLooks: 0, timer: undefined };
    watched.owed.add(statement);
    this.#wait(watched, statement, this.#timeouts.silenceTimeoutMs);
    try {
      return await answer;
    } catch (error) {
      this.#failed(watched, error);
      throw this.#told(watched.reason ?? error);
    } finally {
      watched.owed.delete(statement);
      clearTimeout(statement.timer);
    }
  }

  #failed(watched: Watched, error: unknown): void {
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
    for (const watched of this.#watched.values()) {
      if (watched.madeAt >= before) continue;
      watched.retired ??= { why: lost?.why };
      // The pool notices that a socket is gone and forgets the connection; one that is out is ended at its return.
      if (!watched.isOut) cut(watched);
      else if (lost && [...watched.owed].some(({ askedAt }) => askedAt <= lost.since))
        this.#end(watched, lost.why);
    }
  }

  /**
   * The pool takes it back no more; what is still asked on it fails at once.
   *
   * @param why no answer comes on it: then there is no goodbye, and the server does not know
   */
  #end(watched: Watched, why?: string): void {
    if (watched.isEnded) return;
    watched.isEnded = true;
    void watched.client.end();
    if (why === undefined) return;
    watched.reason = Object.assign(new Error(why), { code: 'ETIMEDOUT' });
    this.#orphans = [...this.#orphans.slice(1 - MOST_ORPHANS), watched];
    cut(watched);
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
      this.#orphans = [...orphans, ...this.#orphans].slice(-MOST_ORPHANS);
    }
  }

  #wait(watched: Watched, statement: Statement, ms: number): void {
    const left = statement.askedAt + this.#queryTimeoutMs - performance.now();
    statement.timer = setTimeout(() => void this.#look(watched, statement), Math.max(0, Math.min(ms, left)));
  }

  async #look(watched: Watched, statement: Statement): Promise<void> {
    const waitedMs = Math.round(performance.now() - statement.askedAt);
    if (waitedMs >= this.#queryTimeoutMs) {
      this.#end(watched, `a statement took longer than postgres.queryTimeoutMs, ${this.#queryTimeoutMs} ms`);
      return this.#endOrphans();
    }
    this.#looking ??= this.#seen().finally(() => (this.#looking = undefined));
    const { seen, begunAt } = await this.#looking;
    if (!watched.owed.has(statement)) return;
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
    this.#wait(watched, statement, isAtWork ? silenceTimeoutMs : Math.min(LOOK_AGAIN_MS, silenceTimeoutMs));
  }

  /** All connections at once: when one is silent, others soon are. */
  async #seen(): Promise<{ readonly seen: Seen; readonly begunAt: number }> {
    const begunAt = performance.now();
    const backends = [...this.#watched.keys()].map(({ processID }) => processID ?? 0);
    return { seen: await lookAtBackends(this.#pool, backends, this.#timeouts.connectTimeoutMs), begunAt };
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
  new PoolWatch(pool, poolTimeouts({ queryTimeoutMs: 0, ...timeouts })).limitQueries();
}

/** Without a goodbye, which would never arrive. */
function cut({ client }: Watched): void {
  client.connection.stream.destroy();
}

function isCursor(given: unknown): given is { read: (...args: readonly unknown[]) => unknown } {
  return typeof given === 'object' && given !== null && 'read' in given && typeof given.read === 'function';
}
