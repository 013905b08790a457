import { InvalidOptionError } from '@gamekeeper/core';
import { described, hiddenValue, requiredOptions, withMethods } from '@gamekeeper/core/engine';
import type { Redis, RedisOptions } from 'ioredis';

/** Options of ioredis for one server, except those that BullMQ or Gamekeeper decide. */
export type BullMqServerOptions = Omit<
  RedisOptions,
  'keyPrefix' | 'replyMapping' | 'maxRetriesPerRequest' | 'enableOfflineQueue' | 'lazyConnect'
>;

/** Which Redis (6.2 or later) carries the work. Set exactly one of `url`, `server` and `client`. */
export type BullMqSchedulerOptions = (
  | {
      /** A server: `redis://user:password@host:6379/0`, or `rediss://…` with TLS. */
      readonly url: string;
    }
  | {
      /** A server in ioredis' options: `{ host, port, tls }`, or `{ sentinels, name }`. */
      readonly server: BullMqServerOptions;
    }
  | {
      /**
       * Your own ioredis client. It is neither used nor closed: Gamekeeper opens connections of its own with its
       * options, since BullMQ needs other ones for waiting.
       */
      readonly client: Redis;
    }
) & {
  /** The beginning of all keys, BullMQ's `prefix`. Default `gamekeeper`. */
  readonly keyPrefix?: string;
};

/** Options with defaults. */
export interface CheckedBullMqOptions {
  readonly keyPrefix: string;
}

const ways = ['url', 'server', 'client'] as const;
const DECIDED = ['keyPrefix', 'replyMapping', 'maxRetriesPerRequest', 'enableOfflineQueue', 'lazyConnect'];

/**
 * Returns the options with defaults.
 *
 * @throws {InvalidOptionError}
 */
export function checkedOptions(options: BullMqSchedulerOptions): CheckedBullMqOptions {
  requiredOptions('bullMq.', options, [...ways, 'keyPrefix']);
  const { keyPrefix = 'gamekeeper' } = options;
  if (typeof keyPrefix !== 'string' || !/^[\w.{}-]{1,100}$/.test(keyPrefix))
    throw new InvalidOptionError(
      'bullMq.keyPrefix',
      keyPrefix,
      'must be 1 to 100 letters, digits, dots, hyphens, underscores and braces',
    );
  const given = ways.filter((way) => way in options);
  if (given.length !== 1)
    throw new InvalidOptionError(
      'bullMq',
      described(given.join(' and ') || 'none of them'),
      'must have exactly one of url, server and client',
    );
  if ('url' in options) checkUrl(options.url);
  else if ('server' in options) checkServer(options.server);
  else checkClient(options.client);
  return { keyPrefix };
}

function checkUrl(url: unknown): void {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : null;
  if (parsed && /^rediss?:$/.test(parsed.protocol) && parsed.hostname !== '') return;
  throw new InvalidOptionError(
    'bullMq.url',
    hiddenValue(url),
    'must be a URL such as redis://host:6379 or rediss://user:password@host:6379/0',
  );
}

function checkServer(server: unknown): void {
  const isObject = typeof server === 'object' && server !== null && !Array.isArray(server);
  if (!isObject)
    throw new InvalidOptionError(
      'bullMq.server',
      hiddenValue(server),
      'must be an object with options of ioredis',
    );
  const decided = DECIDED.find((name) => name in server);
  if (decided !== undefined)
    throw new InvalidOptionError(
      `bullMq.server.${decided}`,
      Reflect.get(server, decided),
      'must be left out',
    );
}

function checkClient(client: Redis): void {
  const expected = 'must be a Redis instance of ioredis';
  withMethods('bullMq.client', client, ['duplicate', 'defineCommand'], expected);
  if ((client as { readonly isCluster?: boolean }).isCluster)
    throw new InvalidOptionError('bullMq.client', described('a Cluster'), expected);
}
