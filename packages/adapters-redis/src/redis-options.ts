import { InvalidOptionError } from '@gamekeeper/core';
import { described, hiddenValue, requiredOptions } from '@gamekeeper/core/engine';
import type { Cluster, ClusterNode, ClusterOptions, Redis, RedisOptions as ClientOptions } from 'ioredis';

/** A client of one server (found by address or by sentinels), or of a cluster. */
export type RedisClient = Redis | Cluster;

/** The commands of both kinds of clients, with the types of a single server's client. */
export type RedisCommands = Pick<Redis, keyof Redis & keyof Cluster>;

/** Options of ioredis for one server, except those that change keys and replies. */
export type RedisServerOptions = Omit<ClientOptions, 'keyPrefix' | 'replyMapping'>;

/** Options of ioredis for a cluster, except those that change keys and replies. */
export type RedisClusterOptions = Omit<ClusterOptions, 'keyPrefix' | 'redisOptions'> & {
  readonly redisOptions?: Omit<NonNullable<ClusterOptions['redisOptions']>, 'keyPrefix' | 'replyMapping'>;
};

/**
 * Which Redis (6.2 or later) to use. Set exactly one of:
 * - `url`: a server, with our own connection: `redis://user:password@host:6379/0`, or `rediss://` with TLS;
 * - `server`: the same in ioredis' options, such as `{ host, port, tls }` or `{ sentinels, name }`;
 * - `cluster`: a cluster, with our own connections: some of its nodes, and ioredis' other options;
 * - `client`: the host's own ioredis client, which is shared and never closed. If it has a `keyPrefix`, that comes
 *   before ours.
 */
export type RedisOptions = {
  /** Prefix of all keys. Default `gamekeeper`. */
  readonly keyPrefix?: string;
} & (
  | {
      readonly url: string;
      /** TLS options of `rediss://`, such as certificates, as for Node's `tls.connect`. */
      readonly tls?: NonNullable<ClientOptions['tls']>;
    }
  | { readonly server: RedisServerOptions }
  | { readonly cluster: { readonly nodes: readonly ClusterNode[]; readonly options?: RedisClusterOptions } }
  | { readonly client: RedisClient }
);

/** Prefix of all keys unless the host sets another. */
export const DEFAULT_KEY_PREFIX = 'gamekeeper';

const ways = ['url', 'server', 'cluster', 'client'] as const;
const known = [...ways, 'tls', 'keyPrefix'];

/**
 * Returns the options after checking everything that needs no connection.
 *
 * @throws {InvalidOptionError}
 */
export function checkedOptions(options: RedisOptions): RedisOptions {
  requiredOptions('redis.', options, known);
  const { keyPrefix = DEFAULT_KEY_PREFIX } = options;
  if (typeof keyPrefix !== 'string' || !/^[\w.:-]{1,100}$/.test(keyPrefix)) {
    throw new InvalidOptionError(
      'redis.keyPrefix',
      keyPrefix,
      'must be 1 to 100 letters, digits, dots, colons, hyphens and underscores',
    );
  }
  const given = ways.filter((way) => way in options);
  if (given.length !== 1) {
    throw new InvalidOptionError(
      'redis',
      described(given.join(' and ') || 'none of them'),
      'must have exactly one of url, server, cluster and client',
    );
  }
  if ('url' in options) checkUrl(options.url);
  if ('tls' in options) checkTls(options);
  if ('server' in options) checkServer(options.server);
  if ('cluster' in options) checkCluster(options.cluster);
  if ('client' in options) checkClient(options.client);
  return options;
}

const AT_LEAST_ONE_NODE = 'must be a list of at least one { host, port }';

function checkUrl(url: unknown): void {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : null;
  const isRedis = parsed !== null && /^rediss?:$/.test(parsed.protocol) && parsed.hostname !== '';
  if (isRedis && /^(?:\/\d*)?$/.test(parsed.pathname)) return;
  throw new InvalidOptionError(
    'redis.url',
    hiddenValue(url),
    'must be a URL such as redis://host:6379 or rediss://user:password@host:6379/0',
  );
}

function checkTls(options: RedisOptions & { readonly tls?: unknown }): void {
  if (!('url' in options) || !options.url.startsWith('rediss:')) {
    throw new InvalidOptionError(
      'redis.tls',
      described('another way to connect'),
      'works only together with a rediss:// url; with others, set it in server or cluster.options',
    );
  }
  if (!isRecord(options.tls)) {
    throw new InvalidOptionError(
      'redis.tls',
      hiddenValue(options.tls),
      "must be an object with options of Node's tls.connect",
    );
  }
}

function checkServer(server: unknown): void {
  if (!isRecord(server))
    throw new InvalidOptionError(
      'redis.server',
      hiddenValue(server),
      'must be an object with options of ioredis',
    );
  refuseOwnPrefix('redis.server', server);
  const { sentinels, name } = server;
  if (sentinels === undefined || sentinels === null) return;
  if (!Array.isArray(sentinels) || sentinels.length === 0) {
    throw new InvalidOptionError('redis.server.sentinels', hiddenValue(sentinels), AT_LEAST_ONE_NODE);
  }
  if (typeof name !== 'string' || name === '') {
    throw new InvalidOptionError(
      'redis.server.name',
      name,
      'must be the name of the master as the sentinels know it',
    );
  }
}

function checkCluster(cluster: unknown): void {
  const nodes = isRecord(cluster) ? cluster['nodes'] : undefined;
  if (!isRecord(cluster) || !Array.isArray(nodes) || nodes.length === 0) {
    throw new InvalidOptionError('redis.cluster.nodes', hiddenValue(nodes), AT_LEAST_ONE_NODE);
  }
  const { options = {} } = cluster;
  if (!isRecord(options)) {
    throw new InvalidOptionError(
      'redis.cluster.options',
      hiddenValue(options),
      'must be an object with cluster options of ioredis',
    );
  }
  refuseOwnPrefix('redis.cluster.options', options);
}

function refuseOwnPrefix(option: string, options: Readonly<Record<string, unknown>>): void {
  if (!('keyPrefix' in options)) return;
  throw new InvalidOptionError(
    `${option}.keyPrefix`,
    options['keyPrefix'],
    'is not supported; set redis.keyPrefix instead',
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkClient(client: unknown): void {
  const expected = 'must be a Redis or Cluster instance of ioredis 6';
  if (!isRecord(client)) throw new InvalidOptionError('redis.client', hiddenValue(client), expected);
  const missing = ['ping', 'pipeline', 'defineCommand'].find((name) => typeof client[name] !== 'function');
  if (missing === undefined) return;
  throw new InvalidOptionError('redis.client', described(`an object without "${missing}"`), expected);
}
