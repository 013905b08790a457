import { instant, userId } from '@gamekeeper/core';
import { defineBoards, periodAt } from '@gamekeeper/core/game';
import { VirtualClock } from '@gamekeeper/testkit';
import { Redis } from 'ioredis';
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { redis } from '../../../test/servers/redis.ts';
import type { RunningServer } from '../../../test/servers/find-server.ts';
import { describeWithRedis } from '../../../test/server-suites.ts';
import { RedisConnection, RedisLeaderboardCache } from '../src/index.ts';

const start = instant('2026-11-24T00:00:00Z');

// With a server of its own: what is set here hits everybody who uses it.
describeWithRedis('a Redis that answers but cannot serve', () => {
  let server: RunningServer | null = null;
  let admin: Redis;
  let connection: RedisConnection;

  beforeAll(async () => {
    server = await redis.start();
    if (server === null) throw new Error('redis-server is not installed; these tests start their own');
    admin = new Redis(server.url);
    connection = new RedisConnection({ url: server.url });
    await connection.open();
  });
  afterEach(async () => {
    await admin.config('SET', 'maxmemory', '0');
    await admin.config('SET', 'save', '');
  });
  afterAll(async () => {
    await connection?.close();
    admin?.disconnect();
    await server?.stop();
  });

  describe('counts as unavailable', () => {
    const write = (): Promise<unknown> => connection.run((client) => client.set('key', 'value'));
    const unavailable: unknown = expect.objectContaining({ code: 'STORE_UNAVAILABLE' });

    it('while its memory is full', async () => {
      await admin.config('SET', 'maxmemory', '1');
      await expect(write()).rejects.toThrow(unavailable);
      await admin.config('SET', 'maxmemory', '0');
      expect(await write()).toBe('OK');
    });

    it('while it cannot save, and takes no writes for that', async () => {
      const [, folder] = (await admin.config('GET', 'dir')) as [string, string];
      await rm(folder, { recursive: true });
      await admin.config('SET', 'save', '3600 1');
      await admin.bgsave();
      while (!(await admin.info('persistence')).includes('rdb_last_bgsave_status:err'));
      await expect(write()).rejects.toThrow(unavailable);
      await admin.config('SET', 'save', '');
      expect(await write()).toBe('OK');
    });

    it('while a script blocks it', async () => {
      await admin.config('SET', 'busy-reply-threshold', '1');
      const other = new Redis(server!.url);
      const endless = other.eval('while true do end', 0).catch(() => 'killed');
      try {
        let reply: unknown;
        while (!(reply instanceof Error)) reply = await admin.ping().catch((error: unknown) => error);
        await expect(write()).rejects.toThrow(unavailable);
      } finally {
        await admin.script('KILL');
        expect(await endless).toBe('killed');
        other.disconnect();
      }
      expect(await write()).toBe('OK');
    });
  });

  it('does not keep players waiting when it hangs', async () => {
    const board = defineBoards().find(({ key }) => key === 'global')!;
    const at = { board, period: periodAt(board, start) };
    const cache = new RedisLeaderboardCache(connection, new VirtualClock(start), { timeoutMs: 10 });
    await cache.reconcile(at, async () => []);
    const score = { userId: userId('ada'), username: 'Ada', score: 1, lastXpAt: start };
    const other = new Redis(server!.url);
    // Whatever may write waits, scripts too.
    await admin.call('CLIENT', 'PAUSE', '60000', 'WRITE');
    const hanging = other.set('key', 'value');
    const asked = await Promise.allSettled([cache.top(at, { limit: 1 }), cache.record(at, score)]);
    const stillHangs = await Promise.race([hanging.then(() => false), Promise.resolve(true)]);
    await admin.call('CLIENT', 'UNPAUSE');
    expect(stillHangs).toBe(true);
    for (const one of asked)
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } });
    expect(await hanging).toBe('OK');
    other.disconnect();
  });

  it('is distinguished from an invalid command', async () => {
    const wrong = connection.run((client) => client.lpush('key', 'value'));
    await expect(wrong).rejects.toThrow(/^WRONGTYPE /);
  });
});
