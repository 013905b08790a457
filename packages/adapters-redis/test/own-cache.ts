import type { Instant } from '@gamekeeper/core';
import { VirtualClock } from '@gamekeeper/testkit';
import { RedisConnection, RedisLeaderboardCache, type RedisLeaderboardOptions } from '../src/index.ts';
import { ownPrefix, removeKeys } from './own-keys.ts';

/** A cache on a connection and with keys of its own. */
export interface OwnCache {
  readonly prefix: string;
  readonly connection: RedisConnection;
  readonly cache: RedisLeaderboardCache;
  /** Closes the connection and removes the keys. */
  remove(): Promise<void>;
}

/** Opens a cache for one test, at whose instant time stands still. */
export async function ownCache(
  url: string,
  now: Instant,
  options?: RedisLeaderboardOptions,
): Promise<OwnCache> {
  const prefix = ownPrefix();
  const connection = new RedisConnection({ url, keyPrefix: prefix });
  await connection.open();
  return {
    prefix,
    connection,
    cache: new RedisLeaderboardCache(connection, new VirtualClock(now), options),
    remove: async () => {
      await connection.close();
      await removeKeys(url, prefix);
    },
  };
}
