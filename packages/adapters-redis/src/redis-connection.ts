import { GamekeeperError, StoreUnavailableError } from '@gamekeeper/core';
import { isError, withMethods } from '@gamekeeper/core/engine';
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

/** Thrown when Redis is used before its connection was opened, or after it was closed. */
export class RedisNotOpenError extends GamekeeperError<'REDIS_NOT_OPEN'> {
  constructor() {
    super(
      'REDIS_NOT_OPEN',
      'The connection to Redis is not open; start the host (or call open()) before its first use.',
    );
  }
}

/** Thrown when Redis rejects the login or the database number. */
export class RedisRefusedError extends GamekeeperError<'REDIS_REFUSED'> {
  constructor(answer: string) {
    // Without the cause: ioredis keeps the command in it, and with it the password.
    super(
      'REDIS_REFUSED',
      `Redis refused the connection (${answer}); check user, password and database in the options (such as redis.url).`,
    );
  }
}

/** Timeout for connecting and logging in to Redis. Milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Timeout of a command. Milliseconds. */
const COMMAND_TIMEOUT_MS = 2 * CONNECT_TIMEOUT_MS;

/** Delay before a new connection when the server is a replica. Milliseconds. */
const RECONNECT_INTERVAL_MS = 1_000;

/**
 * Returns the value if it is a connection, also of another copy of this package.
 *
 * @throws {InvalidOptionError}
 */
export function givenConnection(connection: RedisConnection): RedisConnection {
  return withMethods('connection', connection, ['open', 'run', 'key'], 'must be a RedisConnection');
}

/** A connection to Redis: our own, or that of the host's client. */
export class RedisConnection {
  readonly keyPrefix: string;
  readonly #options: RedisOptions;
  readonly #writes = new WriteCoalescer();
  #client: RedisClient | undefined;
  /** The last error of our own client, while it is not connected. */
  #lastError: Error | undefined;

  /** @throws {InvalidOptionError} for invalid options */
  constructor(options: RedisOptions) {
    this.#options = checkedOptions(options);
    this.keyPrefix = options.keyPrefix ?? DEFAULT_KEY_PREFIX;
  }

  /**
   * Connects, or checks that the host's client is connected. Tries once.
   *
   * @throws {StoreUnavailableError} if Redis cannot be reached within five seconds
   * @throws {RedisRefusedError} if Redis rejects the login or the database number
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

  /** Closes our own connection; the host's client stays open. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (!client || 'client' in this.#options) return;
    // Waits for outstanding replies, unless the connection is lost.
    if (client.status === 'ready') await client.quit().catch(() => undefined);
    client.disconnect();
  }

  /** Whether the keys of a command must be in one slot of a cluster. */
  get isCluster(): boolean {
    return this.#client?.isCluster ?? false;
  }

  /** Returns a key with the prefix: `gamekeeper:board:weekly` for `key('board', 'weekly')`. */
  key(...parts: readonly string[]): string {
    return [this.keyPrefix, ...parts].join(':');
  }

  /**
   * Runs commands. A command whose connection was lost is not sent again automatically: it may have been executed.
   *
   * @param options.isGathered whether the commands are those of a whole turn of the event loop; then they are written at
   *   once, otherwise together with others of the turn
   * @throws {StoreUnavailableError} if the connection is lost, or Redis temporarily cannot serve
   * @throws {RedisNotOpenError}
   */
  async run<Result>(
    commands: (client: RedisCommands) => Promise<Result>,
    { isGathered = false }: { readonly isGathered?: boolean } = {},
  ): Promise<Result> {
    if (!this.#client) throw new RedisNotOpenError();
    if (!isGathered) this.#writes.cork(this.#client);
    try {
      const asked = commands(this.#client as RedisCommands);
      // The host's client may wait for a reply without limit; our own client has its own timeout.
      return await ('client' in this.#options
        ? withTimeout(asked, COMMAND_TIMEOUT_MS, hostClientTimeoutError)
        : asked);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  /**
   * Like {@link run}, for commands that are useless later: while the connection is down they fail at once, whereas
   * ioredis would queue them until its next attempt to connect.
   */
  async runIfConnected<Result>(
    commands: (client: RedisCommands) => Promise<Result>,
    options: { readonly isGathered?: boolean } = {},
  ): Promise<Result> {
    return this.run((client) => {
      if (client.status !== 'ready') throw this.#notConnectedError(client.status);
      return commands(client);
    }, options);
  }

  /** The reason is included: otherwise a changed password looks like any other outage. */
  #notConnectedError(status: string): StoreUnavailableError {
    const told = this.#lastError && asUnavailable(this.#lastError);
    if (told instanceof StoreUnavailableError) return told;
    return new StoreUnavailableError('Redis', this.#lastError?.message ?? `connection ${status}`);
  }
}

type OwnOptions = Exclude<RedisOptions, { readonly client: RedisClient }>;

/** Returns our own client, connected. Later it reconnects automatically without limit. */
async function connect(options: OwnOptions): Promise<RedisClient> {
  const state = { connected: false };
  let trouble: Error | undefined;
  const client = createClient(options, (times) =>
    state.connected ? Math.min(100 * 2 ** times, 5_000) * (0.5 + Math.random() / 2) : null,
  );
  // Without a listener, ioredis writes errors to the console. The users of the connection get them as exceptions.
  client.on('error', (error: Error) => (trouble = error));
  try {
    await withTimeout(client.connect(), CONNECT_TIMEOUT_MS);
    // ioredis only logs that the database number does not exist, and uses another database.
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
    // A connection without a reply to a command is closed and opened again.
    socketTimeout: COMMAND_TIMEOUT_MS,
    reconnectOnError: reconnectFromReplica(),
  };
  // Commands end with their connection: whether they were executed is unknown.
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

/** After a failover the address belongs to the new primary, but the open connection to the old one. */
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
  return new StoreUnavailableError('Redis', `${reason} by the host's client; set its socketTimeout`);
}

async function assertReachable(client: RedisClient): Promise<void> {
  try {
    await withTimeout(client.ping(), CONNECT_TIMEOUT_MS);
  } catch (error) {
    throw connectionError(error);
  }
}

/** Returns the reason for the missing connection without the commands that were sent: one contains the password. */
function connectionError(error: unknown): Error {
  if (isRefusal(error)) return new RedisRefusedError(error.message);
  const told = asUnavailable(error);
  const cause = told instanceof StoreUnavailableError ? told.cause : error;
  return new StoreUnavailableError('Redis', isError(cause) ? cause.message : cause);
}
