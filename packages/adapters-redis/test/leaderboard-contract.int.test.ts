import type { Redis } from 'ioredis';
import { leaderboardCacheContract, memoryStore, runContract, VirtualClock } from '@gamekeeper/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { describeWithRedis } from '../../../test/server-suites.ts';
import { RedisConnection, RedisLeaderboardCache } from '../src/index.ts';
import { ownPrefix, removeKeys } from './own-keys.ts';

describeWithRedis('leaderboards in Redis', (url) => {
  const prefix = ownPrefix();
  const connections: RedisConnection[] = [];
  let shared: RedisConnection;

  beforeAll(async () => {
    shared = new RedisConnection({ url, keyPrefix: prefix });
    await shared.open();
  });
  afterAll(async () => {
    await Promise.all([shared, ...connections].map((connection) => connection.close()));
    await removeKeys(url, prefix);
  });

  describe('RedisLeaderboardCache', () => {
    const create = async () => {
      const clock = new VirtualClock('2026-11-24T00:00:00Z');
      const client = (await shared.run(async (open) => open)) as Redis;
      const connection = new RedisConnection({ client, keyPrefix: `${prefix}:${connections.length}` });
      await connection.open();
      connections.push(connection);
      return {
        ...memoryStore(clock),
        now: () => clock.now(),
        passTime: async (ms: number) => clock.jumpTo(clock.now() + ms),
        cache: new RedisLeaderboardCache(connection, clock),
      };
    };
    const options = { create, supports: { concurrent: true, separate: true } };
    runContract(leaderboardCacheContract(options), it);
  });
});
