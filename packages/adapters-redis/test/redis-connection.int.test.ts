import { silentLogger } from '@gamekeeper/core';
import { Redis } from 'ioredis';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeWithRedis } from '../../../test/server-suites.ts';
import { RedisConnection, redisConnection, redisConnectionToken } from '../src/index.ts';
import { SeverableLink } from '../../../test/servers/severable-link.ts';

const unavailable = { name: 'StoreUnavailableError', code: 'STORE_UNAVAILABLE' };

describe('a Redis that cannot be reached', () => {
  afterEach(() => vi.useRealTimers());

  it('is reported at once if nothing listens there, without a retry', async () => {
    const connection = new RedisConnection({ url: 'redis://keeper:s3cret@127.0.0.1:1' });
    await expect(connection.open()).rejects.toMatchObject(unavailable);
    await expect(connection.open()).rejects.toThrow(
      'Redis is unavailable (connect ECONNREFUSED 127.0.0.1:1)',
    );
    expect(await said(connection.open())).not.toContain('s3cret');
    await expect(connection.run((client) => client.ping())).rejects.toMatchObject({ code: 'REDIS_NOT_OPEN' });
    await connection.close();
  }, 5_000);

  it('is reported at once if its name is unknown', async () => {
    const connection = new RedisConnection({ url: 'redis://nowhere.invalid' });
    await expect(connection.open()).rejects.toMatchObject(unavailable);
  }, 5_000);

  it('is reported after five seconds if it never responds', async () => {
    const link = new SeverableLink(null);
    await link.mend();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const outcome = said(new RedisConnection({ url: `redis://keeper:s3cret@127.0.0.1:${link.port}` }).open());
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await outcome).toContain('Redis is unavailable (no response within 5000 ms)');
    expect(await outcome).not.toContain('s3cret');
    await link.cut();
  });

  it('is reported after five seconds if the host’s client retries without end', async () => {
    const client = new Redis('redis://127.0.0.1:1', { lazyConnect: true, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const outcome = said(new RedisConnection({ client }).open());
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await outcome).toContain('Redis is unavailable (no response within 5000 ms)');
    client.disconnect();
  });
});

describeWithRedis('a connection to Redis', (url) => {
  let keyPrefix: string;
  const open: RedisConnection[] = [];

  beforeEach(() => {
    keyPrefix = `gamekeeper-test:${process.pid}:${Math.random().toString(36).slice(2, 8)}`;
  });
  afterEach(async () => {
    vi.useRealTimers();
    await Promise.all(open.splice(0).map((connection) => connection.close()));
    const janitor = new Redis(url);
    const keys = await janitor.keys(`${keyPrefix}*`);
    if (keys.length > 0) await janitor.unlink(keys);
    await janitor.quit();
  });

  async function opened(options: ConstructorParameters<typeof RedisConnection>[0]): Promise<RedisConnection> {
    const connection = new RedisConnection(options);
    await connection.open();
    open.push(connection);
    return connection;
  }

  it('runs commands on keys with our prefix', async () => {
    const connection = await opened({ url, keyPrefix });
    const key = connection.key('board', 'weekly');
    expect(key).toBe(`${keyPrefix}:board:weekly`);
    await connection.run((client) => client.zadd(key, 120, 'ada'));
    expect(await connection.run((client) => client.zscore(key, 'ada'))).toBe('120');
  });

  it('has the prefix gamekeeper unless the host chooses another', () => {
    expect(new RedisConnection({ url }).key('board')).toBe('gamekeeper:board');
  });

  it('is known to the server by our name', async () => {
    const connection = await opened({ url, keyPrefix });
    expect(await connection.run((client) => client.client('GETNAME'))).toBe('gamekeeper');
  });

  it('cannot be used before it is opened and after it is closed', async () => {
    const connection = new RedisConnection({ url, keyPrefix });
    const use = () => connection.run((client) => client.ping());
    await connection.close();
    await expect(use()).rejects.toMatchObject({ code: 'REDIS_NOT_OPEN' });
    await connection.open();
    expect(await use()).toBe('PONG');
    await connection.close();
    await connection.close();
    await expect(use()).rejects.toMatchObject({ code: 'REDIS_NOT_OPEN' });
  });

  it('is closed when its replies have come', async () => {
    const connection = new RedisConnection({ url, keyPrefix });
    await connection.open();
    const replies = connection.run(async (client) =>
      Promise.all(
        Array.from({ length: 100 }, (_, index) => client.set(connection.key(String(index)), index)),
      ),
    );
    await connection.close();
    expect(await replies).toHaveLength(100);
  });

  it('may be the host’s client, which stays open', async () => {
    const client = new Redis(url);
    const connection = await opened({ client, keyPrefix });
    expect(await connection.run(async (shared) => shared === client)).toBe(true);
    await connection.close();
    expect(client.status).toBe('ready');
    expect(await client.ping()).toBe('PONG');
    await client.quit();
  });

  it('may be a client of the host’s that is not connected yet', async () => {
    const client = new Redis(url, { lazyConnect: true });
    await opened({ client, keyPrefix });
    expect(client.status).toBe('ready');
    await client.quit();
  });

  it('is refused with the server’s own words, but without the password', async () => {
    const stranger = new URL(url);
    stranger.username = 'gamekeeper-no-such-user';
    stranger.password = 's3cret';
    const refused = said(new RedisConnection({ url: stranger.href }).open());
    expect(await refused).toMatch(
      /RedisRefusedError: Redis refused the connection \(WRONGPASS .*redis\.url/s,
    );
    expect(await refused).toContain("code: 'REDIS_REFUSED'");
    expect(await refused).not.toContain('s3cret');
  });

  it('is refused when the server has no database of that number', async () => {
    const beyond = new URL(url);
    beyond.pathname = '/123456';
    await expect(new RedisConnection({ url: beyond.href }).open()).rejects.toMatchObject({
      code: 'REDIS_REFUSED',
    });
  });

  it('throws errors of a command unchanged', async () => {
    const connection = await opened({ url, keyPrefix });
    const key = connection.key('text');
    await connection.run((client) => client.set(key, 'text'));
    await expect(connection.run((client) => client.incr(key))).rejects.toMatchObject({ name: 'ReplyError' });
  });

  describe('over a link that breaks', () => {
    const link = new SeverableLink(new URL(url));
    const through = new URL(url);

    beforeEach(async () => {
      await link.mend();
      through.hostname = '127.0.0.1';
      through.port = String(link.port);
    });
    afterEach(() => link.cut());

    it('reports the outage soon, and recovers automatically', async () => {
      const connection = await opened({ url: through.href, keyPrefix });
      const key = connection.key('count');
      await connection.run((client) => client.incr(key));

      await link.cut();
      const before = Date.now();
      await expect(connection.run((client) => client.incr(key))).rejects.toMatchObject(unavailable);
      expect(Date.now() - before).toBeLessThan(3_000);

      await link.mend();
      await recovered(connection);
      expect(await connection.run((client) => client.incr(key))).toBe(2);
    });

    it('reconnects if no reply arrives', async () => {
      const connection = await opened({ url: through.href, keyPrefix });
      await connection.run((client) => client.ping());
      link.silenceOpen();
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const outcome = connection.run((client) => client.ping()).catch((error: unknown) => error);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await outcome).toMatchObject(unavailable);
      // It pauses before it connects again.
      await vi.advanceTimersByTimeAsync(5_000);
      vi.useRealTimers();
      await recovered(connection);
    });

    it('waits for the host’s client as long, and no longer', async () => {
      const client = new Redis(through.href, { maxRetriesPerRequest: null });
      const connection = await opened({ client, keyPrefix });
      link.silenceOpen();
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const outcome = connection.run((shared) => shared.ping()).catch((error: unknown) => error);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await outcome).toMatchObject(unavailable);
      client.disconnect();
    });

    it('does not repeat a command that was under way', async () => {
      const [connection, other] = [await opened({ url: through.href, keyPrefix }), await opened({ url })];
      const key = connection.key('queue');
      const outcome = connection.run((client) => client.blpop(key, 30)).catch((error: unknown) => error);
      await expect
        .poll(() => other.run((client) => client.client('LIST')))
        .toMatch(/name=gamekeeper .*cmd=blpop/);
      await link.cut();
      await link.mend();
      expect(await outcome).toMatchObject(unavailable);
      await recovered(connection);
      expect(await other.run((client) => client.rpush(key, 'for somebody else'))).toBe(1);
      expect(await other.run((client) => client.llen(key))).toBe(1);
    });

    async function recovered(connection: RedisConnection): Promise<void> {
      const answer = () => connection.run((client) => client.ping()).catch(() => null);
      await expect.poll(answer, { timeout: 10_000 }).toBe('PONG');
    }
  });

  it('is bound by redisConnection, opened and closed with the host', async () => {
    const { name, bindings, open: start, close } = redisConnection({ url, keyPrefix });
    expect(name).toBe('redisConnection');
    expect(bindings.map(({ token }) => token)).toEqual([redisConnectionToken]);
    const connection = bindings[0]!.create() as RedisConnection;
    await start?.({ migrate: true, logger: silentLogger, signal: new AbortController().signal });
    expect(await connection.run((client) => client.ping())).toBe('PONG');
    await close?.();
    await expect(connection.run((client) => client.ping())).rejects.toMatchObject({ code: 'REDIS_NOT_OPEN' });
  });
});

/** All that an error shows when somebody logs it. */
async function said(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => '',
    (error: unknown) => inspect(error, { depth: 9 }),
  );
}
