import { InvalidOptionError } from '@gamekeeper/core';
import type { Redis } from 'ioredis';

/**
 * Which Redis (6.2 or later) to use. Exactly one of:
 * - `url`: a server, through a connection of our own: `redis://user:password@host:6379/0`, or `rediss://` with TLS;
 * - `client`: an ioredis client of the host's own, which is shared and never closed. A `keyPrefix` of its own comes
 *   before ours.
 */
export type RedisOptions = {
  /** What all our keys begin with. Default `gamekeeper`. */
  readonly keyPrefix?: string;
} & ({ readonly url: string } | { readonly client: Redis });

/** What all our keys begin with unless the host says otherwise. */
export const DEFAULT_KEY_PREFIX = 'gamekeeper';

const known = ['url', 'client', 'keyPrefix'];

/**
 * Checks what can be checked without a connection.
 *
 * @throws {InvalidOptionError}
 */
export function checkedOptions(options: RedisOptions): RedisOptions {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new InvalidOptionError(`redis.${unknown}`, 'unknown', `leave it out; there is ${known.join(', ')}`);
  }
  const { keyPrefix = DEFAULT_KEY_PREFIX } = options;
  if (typeof keyPrefix !== 'string' || !/^[\w.:-]{1,100}$/.test(keyPrefix)) {
    throw new InvalidOptionError(
      'redis.keyPrefix',
      keyPrefix,
      'give up to 100 letters, digits, dots, colons, hyphens and underscores',
    );
  }
  const ways = (['url', 'client'] as const).filter((way) => way in options);
  if (ways.length !== 1) {
    throw new InvalidOptionError(
      'redis',
      ways.join(' and ') || 'missing',
      'give exactly one of url and client',
    );
  }
  if ('url' in options) checkUrl(options.url);
  if ('client' in options && !isClient(options.client)) {
    throw new InvalidOptionError(
      'redis.client',
      'something else',
      'give an instance of Redis from ioredis 6',
    );
  }
  return options;
}

function checkUrl(url: unknown): void {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : null;
  const isRedis = parsed !== null && /^rediss?:$/.test(parsed.protocol) && parsed.hostname !== '';
  if (isRedis && /^(?:\/\d*)?$/.test(parsed.pathname)) return;
  throw new InvalidOptionError(
    'redis.url',
    // Text may hold a password and stays out of the message.
    typeof url === 'string' && url !== '' ? '…' : url,
    'give a URL such as redis://host:6379 or rediss://user:password@host:6379/0',
  );
}

function isClient(client: unknown): boolean {
  const methods = ['ping', 'pipeline', 'defineCommand'] as const;
  return (
    typeof client === 'object' &&
    client !== null &&
    methods.every((method) => typeof (client as Partial<Redis>)[method] === 'function')
  );
}
