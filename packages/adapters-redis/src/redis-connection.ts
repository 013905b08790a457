import { GamekeeperError, StoreUnavailableError } from '@gamekeeper/core';
import { Cluster, Redis } from 'ioredis';
import { asUnavailable, isReadOnly, isRefusal } from './failures.ts';
import {
  DEFAULT_KEY_PREFIX,
  checkedOptions,
  type RedisClient,
  type RedisCommands,
  type RedisOptions,
} from './redis-options.ts';
import { WriteCoalescer } from './write-coalescer.ts';
import { withTimeout } from './with-timeout.ts';

/** Redis was used before its connection was opened, or after it was closed. */
export class RedisNotOpenError extends GamekeeperError<'REDIS_NOT_OPEN'> {
  constructor() {
    super(
      'REDIS_NOT_OPEN',
      'The connection to Redis is not open; start the host (or call open()) before its first use.',
    );
  }
}

/** Redis answered, but does not let us in: user, password or the number of the database are wrong. */
export class RedisRefusedError extends GamekeeperError<'REDIS_REFUSED'> {
  constructor(answer: string) {
    // Without the cause: ioredis keeps the command in it, and with it the password.
    super(
      'REDIS_REFUSED',
      `Redis refused the connection (${answer}); check user, password and database in the options (such as redis.url).`,
    );
  }
}

/** How long Redis may take to let us in before it counts as unavailable. Milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

/** How long a command may take. Milliseconds. */
const COMMAND_TIMEOUT_MS = 2 * CONNECT_TIMEOUT_MS;

/** How long a server that is a replica is left alone before it is connected to anew. Milliseconds. */
const RECONNECT_INTERVAL_MS = 1_000;

/** A connection to Redis: our own, or that of the host's client. */
export class RedisConnection {
  readonly keyPrefix: string;
  readonly #options: RedisOptions;
  readonly #writes = new WriteCoalescer();
  #client: RedisClient | undefined;
  /** What our own client said last, while it is not connected. */
  #lastError: Error | undefined;

  /** @throws {InvalidOptionError} for options that cannot work */
  constructor(options: RedisOptions) {
    this.#options = checkedOptions(options);
    this.keyPrefix = options.keyPrefix ?? DEFAULT_KEY_PREFIX;
  }

  /**
   * Connects, or makes sure that the host's client is connected. Tries once.
   *
   * @throws {StoreUnavailableError} when Redis cannot be reached within five seconds
   * @throws {RedisRefusedError} when it can, but does not let us in
   */
  async open(): Promise<void> {
    if ('client' in this.#options) {
      await assertReachable(this.#options.client);
      this.#client = this.#options.client;
    } else {
      const client = await connect(this.#options);
      client.on('error', (error: Error) => (this.#lastError = error));
      client.on('ready', () => (this.#lastError = undefined));
      this.#client = client;
    }
  }

  /** Closes the connection when it is our own; the host's client stays open. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (!client || 'client' in this.#options) return;
    // Waits for the replies that are still to come, unless the connection is lost anyway.
    if (client.status === 'ready') await client.quit().catch(() => undefined);
    client.disconnect();
  }

  /** The key of something of ours: `gamekeeper:board:weekly` for `key('board', 'weekly')`. */
  key(...parts: readonly string[]): string {
    return [this.keyPrefix, ...parts].join(':');
  }

  /**
   * Carries out commands. A command whose connection is lost is not sent again by itself: it may have been carried out.
   *
   * @throws {StoreUnavailableError} when the connection is lost, or Redis cannot serve at the moment
   * @throws {RedisNotOpenError}
   */
  async run<Result>(commands: (client: RedisCommands) => Promise<Result>): Promise<Result> {
    if (!this.#client) throw new RedisNotOpenError();
    this.#writes.cork(this.#client);
    try {
      const asked = commands(this.#client as RedisCommands);
      // A client of the host's may wait for an answer as long as it likes; ours has a limit of its own.
      return await ('client' in this.#options
        ? withTimeout(asked, COMMAND_TIMEOUT_MS, hostClientTimeoutError)
        : asked);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  /**
   * The same for commands that are of no use later: they are refused at once while the connection is down, where ioredis
   * would keep them until it has tried to connect once more.
   */
  async runIfConnected<Result>(commands: (client: RedisCommands) => Promise<Result>): Promise<Result> {
    return this.run((client) => {
      if (client.status !== 'ready') throw this.#notConnectedError(client.status);
      return commands(client);
    });
  }

  /** The reason is what an operator needs: a password that was changed looks like any other outage otherwise. */
  #notConnectedError(status: string): StoreUnavailableError {
    const told = this.#lastError && asUnavailable(this.#lastError);
    if (told instanceof StoreUnavailableError) return told;
    return new StoreUnavailableError('Redis', this.#lastError?.message ?? `connection ${status}`);
  }
}

type OwnOptions = Exclude<RedisOptions, { readonly client: RedisClient }>;

/** A client of our own, connected. Later it reconnects by itself for as long as it takes. */
async function connect(options: OwnOptions): Promise<RedisClient> {
  const state = { connected: false };
  let trouble: Error | undefined;
  const client = createClient(options, (times) =>
    state.connected ? Math.min(100 * 2 ** times, 5_000) * (0.5 + Math.random() / 2) : null,
  );
  // ioredis writes errors that nobody listens for to the console. Whoever uses the connection is told of them.
  client.on('error', (error: Error) => (trouble = error));
  try {
    await withTimeout(client.connect(), CONNECT_TIMEOUT_MS);
    // A database that there is not is only mentioned, and another one used.
    if (isRefusal(trouble)) throw trouble;
    state.connected = true;
    return client;
  } catch (error) {
    client.disconnect();
    throw connectionError(trouble ?? error);
  }
}

function createClient(options: OwnOptions, retryStrategy: (times: number) => number | null): RedisClient {
  const ours = {
    connectionName: 'gamekeeper',
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // A connection on which nothing comes back, though something is asked, is made anew.
    socketTimeout: COMMAND_TIMEOUT_MS,
    reconnectOnError: reconnectFromReplica(),
  };
  // Commands end with the connection that they were sent on: whether they were carried out is not known.
  const once = { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy };
  if ('url' in options) {
    return new Redis(options.url, { ...ours, ...once, ...(options.tls && { tls: options.tls }) });
  }
  if ('server' in options) {
    return new Redis({ ...ours, sentinelRetryStrategy: retryStrategy, ...options.server, ...once });
  }
  const { nodes, options: given = {} } = options.cluster;
  return new Cluster([...nodes], {
    ...given,
    lazyConnect: true,
    clusterRetryStrategy: retryStrategy,
    redisOptions: { ...ours, ...given.redisOptions },
  });
}

/** After a failover the address leads to the new primary, but the connection still to what was one. */
function reconnectFromReplica(): (error: Error) => boolean {
  let lastAt = -Infinity;
  return (error) => {
    const now = performance.now();
    if (!isReadOnly(error) || now - lastAt < RECONNECT_INTERVAL_MS) return false;
    lastAt = now;
    return true;
  };
}

function hostClientTimeoutError(reason: string): Error {
  return new StoreUnavailableError('Redis', `${reason} by the host's client; give it a socketTimeout`);
}

async function assertReachable(client: RedisClient): Promise<void> {
  try {
    await withTimeout(client.ping(), CONNECT_TIMEOUT_MS);
  } catch (error) {
    throw connectionError(error);
  }
}

/** Why there is no connection, in an error without the commands that were sent: the password is among them. */
function connectionError(error: unknown): Error {
  if (isRefusal(error)) return new RedisRefusedError(error.message);
  const told = asUnavailable(error);
  const cause = told instanceof StoreUnavailableError ? told.cause : error;
  return new StoreUnavailableError('Redis', cause instanceof Error ? cause.message : cause);
}
