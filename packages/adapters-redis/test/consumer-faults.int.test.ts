import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { describeWithRedis } from '../../../test/server-suites.ts';
import { RedisConnection } from '../src/index.ts';
import { RedisEvents, Taken } from './redis-events.ts';
import { told } from '../../../test/told-events.ts';

const PARTITIONS = [0, 1, 2, 3];
const patient = { timeout: 20_000, interval: 10 };

describeWithRedis('law 3: a consumer on Redis', (url) => {
  const redis = new RedisEvents(url);
  beforeAll(() => redis.connection.open());
  afterEach(() => redis.clear());
  afterAll(() => redis.connection.close());

  const streams = PARTITIONS.map((partition) => redis.connection.key('events', `{${partition}}`));
  const readers = streams.map((stream) => `${stream}:reader:test`);
  const members = redis.connection.key('events', 'members', 'test');

  it('with an expired lease reads nothing from a stream that another consumer reads', async () => {
    const client = new Redis(url);
    const { keyPrefix } = redis.connection;
    const connection = new RedisConnection({ client, keyPrefix });
    await connection.open();
    const taken = new Taken();
    const late = redis.consume({ handler: taken.handler }, connection);
    await redis.connection.run(async (others) => {
      await vi.waitFor(async () => expect(await others.exists(...readers)).toBe(4), patient);
      await redis.bus().publish([told('ann', 1)]);
      await taken.until(1);

      // What it sends stays on its way.
      client.stream.cork();
      await vi.waitFor(async () => expect(await others.exists(...readers)).toBe(0), patient);
      await Promise.all(readers.map((reader) => others.set(reader, 'another')));
      await redis.bus().publish([told('ann', 2), told('bob', 1), told('cem', 1), told('dan', 1)]);
      await others.del(members);
      client.stream.uncork();
      await vi.waitFor(async () => expect(await others.exists(members)).toBe(1), patient);
      expect(await late.stop()).toBe(true);

      // What it read would be behind the back of the other, who would deliver later events of the player first.
      const pending = await Promise.all(streams.map((stream) => others.xpending(stream, 'test')));
      expect(pending.map(([count]) => count)).toEqual([0, 0, 0, 0]);
      expect(taken.keys).toEqual([told('ann', 1).key]);
    });
    await client.quit();
  });

  it('that starts now reads all that comes later, also what is published to a Redis that has lost its group', async () => {
    await redis.bus().publish([told('ann', 1), told('bob', 1)]);
    const taken = new Taken();
    redis.consume({ handler: taken.handler, startAt: 'now' });
    await redis.connection.run(async (client) => {
      await vi.waitFor(async () => expect(await client.exists(...readers)).toBe(4), patient);
      await redis.bus().publish([told('ann', 2)]);
      await taken.until(1);
      await client.unlink(...streams);
      await redis.bus().publish([told('ann', 3), told('bob', 2)]);
      await taken.until(3);
    });
    expect([...taken.keys].sort()).toEqual(
      [told('ann', 2), told('ann', 3), told('bob', 2)].map(({ key }) => key),
    );
  });

  it('that may deliver only once leaves untried events to the next consumer', async () => {
    const started = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const first = redis.consume({
      maxDeliveries: 1,
      handler: () => {
        started.resolve();
        return mayEnd.promise;
      },
    });
    await redis.bus().publish([told('ann', 1), told('ann', 2), told('ann', 3)]);
    await started.promise;
    const stopped = first.stop();
    mayEnd.resolve();
    expect(await stopped).toBe(true);
    const second = new Taken();
    redis.consume({ maxDeliveries: 1, handler: second.handler });
    await redis.bus().publish([told('ann', 4)]);
    await vi.waitFor(() => expect(second.keys).toContain(told('ann', 4).key), patient);
    expect(second.keys).toEqual([2, 3, 4].map((number) => told('ann', number).key));
  });

  it('logs once that one of its streams cannot be read, and once that it can be read again', async () => {
    const [broken] = streams as [string];
    const client = new Redis(url);
    await client.set(broken, 'no stream');
    const tries = vi.spyOn(client, 'xgroup');
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const logger = { debug: write, info: write, warn: write, error: write };
    const { keyPrefix } = redis.connection;
    const connection = new RedisConnection({ client, keyPrefix });
    await connection.open();
    const consumer = redis.consume({ logger, leaseMs: 300 }, connection);
    // One for each of the streams that can be read.
    await vi.waitFor(() => expect(tries.mock.calls.length).toBeGreaterThanOrEqual(3 + 5), patient);
    expect(lines).toEqual(['events cannot be read, retrying']);
    await client.del(broken);
    await vi.waitFor(() => expect(lines).toHaveLength(2), patient);
    expect(lines[1]).toBe('events are read again');
    await consumer.stop();
    await client.quit();
  });
});
