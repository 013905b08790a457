import { deduplicate } from '@gamekeeper/core';
import { eventBusContract, runContract } from '@gamekeeper/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeWithRedis } from '../../../test/server-suites.ts';
import {
  RedisConnection,
  RedisEventBus,
  RedisEventConsumer,
  RedisSeenEvents,
  redisEventBus,
} from '../src/index.ts';
import { RedisEvents, Taken } from './redis-events.ts';
import { told } from '../../../test/told-events.ts';
import { SeverableLink } from '../../../test/servers/severable-link.ts';

describeWithRedis('events on Redis Streams', (url) => {
  const redis = new RedisEvents(url);
  beforeAll(() => redis.connection.open());
  afterEach(() => redis.clear());
  afterAll(() => redis.connection.close());

  describe('RedisEventBus', () => {
    const create = async () => {
      await redis.clear();
      const taken = new Taken();
      redis.consume({ handler: taken.handler });
      return {
        bus: redis.bus(),
        refuse: (key: string, times: number) => taken.refuse(key, times),
        taken: (different: number) => taken.until(different),
      };
    };
    runContract(eventBusContract({ create, examples: 15 }), it);
  });

  it('reach every group, including events published before the group existed', async () => {
    await redis.bus().publish([told('ann', 1), told('bob', 1)]);
    const [mailer, ledger] = [new Taken(), new Taken()];
    redis.consume({ group: 'mailer', handler: mailer.handler });
    redis.consume({ group: 'ledger', handler: ledger.handler });
    await Promise.all([mailer.until(2), ledger.until(2)]);
  });

  it('are shared by the consumers of a group, each player read by one of them', async () => {
    const taken = [new Taken(), new Taken()];
    for (const { handler } of taken) redis.consume({ handler });
    // The first consumer has all streams until it notices the second.
    await vi.waitFor(async () => expect(await readers(redis)).toBe(2), { timeout: 20_000 });
    const players = Array.from({ length: 20 }, (_, player) => `player-${player}`);
    for (const number of [1, 2, 3]) await redis.bus().publish(players.map((player) => told(player, number)));
    await vi.waitFor(() => expect(taken.flatMap(({ events }) => events)).toHaveLength(60), {
      timeout: 20_000,
    });
    const [one, two] = taken.map(({ events }) => new Set(events.map(({ payload }) => payload['userId'])));
    expect([...one!].filter((player) => two!.has(player))).toEqual([]);
    expect(one!.size).toBeGreaterThan(0);
    expect(two!.size).toBeGreaterThan(0);
  });

  it('are taken over from a consumer that died in the middle, in order', async () => {
    // Its connection is cut, and its handler never ends: all that the group sees of it is silence.
    const link = new SeverableLink(new URL(url));
    const mortal = await redis.through(link);
    const first = new Taken();
    const doomed = new RedisEventConsumer(mortal, {
      group: 'test',
      partitions: 4,
      leaseMs: 600,
      pollIntervalMs: 5,
      handler: (event) => {
        first.handler(event);
        return event.key === told('ann', 2).key ? new Promise(() => undefined) : undefined;
      },
    });
    doomed.start();
    await redis.bus().publish([told('ann', 1), told('ann', 2), told('ann', 3)]);
    await first.until(2);
    await link.cut();
    const second = new Taken();
    redis.consume({ handler: second.handler });
    await second.until(2);
    expect(first.keys).toEqual([told('ann', 1).key, told('ann', 2).key]);
    expect(second.keys).toEqual([told('ann', 2).key, told('ann', 3).key]);
    expect(await doomed.stop(0)).toBe(false);
    await mortal.close();
  });

  it('that a handler rejects become dead letters with their error, and do not block the next', async () => {
    const taken = new Taken();
    const poison = told('ann', 2);
    taken.refuse(poison.key, 1_000);
    let tries = 0;
    redis.consume({
      maxDeliveries: 3,
      handler: (event) => {
        if (event.key === poison.key) tries += 1;
        taken.handler(event);
      },
    });
    await redis.bus().publish([told('ann', 1), poison, told('ann', 3)]);
    await taken.until(2);
    expect(taken.keys).toEqual([told('ann', 1).key, told('ann', 3).key]);
    expect(tries).toBe(3);
    const dead = await deadLetters(redis);
    expect(dead).toHaveLength(1);
    expect(dead[0]).toMatchObject({ key: poison.key, deliveries: '3', error: `no taste for ${poison.key}` });
  });

  it('that are invalid become dead letters at once', async () => {
    const key = redis.connection.key('events', '{0}');
    await redis.connection.run((client) => client.xadd(key, '*', 'hello', 'world'));
    redis.consume({});
    await vi.waitFor(async () => expect(await deadLetters(redis)).toHaveLength(1), { timeout: 20_000 });
    const [dead] = await deadLetters(redis);
    expect(dead?.['hello']).toBe('world');
    expect(dead?.['error']).toContain('not an event');
  });

  it('that crash their consumer every time become dead letters; later events are delivered', async () => {
    const bus = redis.bus();
    await bus.publish([told('ann', 1), told('ann', 2)]);
    // A consumer that reads all and dies at the first, twice.
    const stream = (
      await redis.connection.run((client) => client.keys(redis.connection.key('events', '{*}')))
    )[0]!;
    await redis.connection.run(async (client) => {
      await client.xgroup('CREATE', stream, 'test', '0');
      await client.xreadgroup('GROUP', 'test', 'reader', 'COUNT', 9, 'STREAMS', stream, '>');
      const [[id]] = (await client.xrange(stream, '-', '+')) as [[string, string[]]];
      await client.xclaim(stream, 'test', 'reader', 0, id);
    });
    const taken = new Taken();
    redis.consume({ handler: taken.handler, maxDeliveries: 2 });
    await taken.until(1);
    expect(taken.keys).toEqual([told('ann', 2).key]);
    expect(await deadLetters(redis)).toMatchObject([{ key: told('ann', 1).key, deliveries: '2' }]);
  });

  it('are read on when Redis comes back, and the log says so once', async () => {
    const link = new SeverableLink(new URL(url));
    const connection = await redis.through(link);
    const taken = new Taken();
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const logger = { debug: write, info: write, warn: write, error: write };
    redis.consume({ handler: taken.handler, logger }, connection);
    await redis.bus().publish([told('ann', 1)]);
    await taken.until(1);
    await link.cut();
    await redis.bus().publish([told('ann', 2)]);
    await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 20_000 });
    await link.mend();
    await taken.until(2);
    await vi.waitFor(() => expect(lines).toHaveLength(2), { timeout: 20_000 });
    expect(lines).toEqual(['events cannot be read, retrying', 'events are read again']);
    await redis.clear();
    await connection.close();
  });

  it('abort their handler when another consumer has the stream, or when the timeout of a stop ends', async () => {
    const reasons: string[] = [];
    const started = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const consumer = redis.consume({
      handler: (_event, { signal }) =>
        new Promise((_resolve, reject) => {
          started.resolve();
          signal.addEventListener('abort', () => {
            reasons.push((signal.reason as Error).message);
            reject(signal.reason);
            aborted.resolve();
          });
        }),
    });
    await redis.bus().publish([told('ann', 1)]);
    await started.promise;
    const keys = [0, 1, 2, 3].map((one) => redis.connection.key('events', `{${one}}`, 'reader', 'test'));
    // As if its lease had ended and another consumer had come.
    for (const key of keys) await redis.connection.run((client) => client.set(key, 'another', 'PX', 60_000));
    await aborted.promise;
    expect(reasons).toEqual(['another consumer of the group has taken over the stream']);
    expect(await consumer.stop(10_000)).toBe(true);
    for (const key of keys) await redis.connection.run((client) => client.unlink(key));
    const second = redis.consume({
      handler: (_event, { signal }) =>
        new Promise((resolve) => {
          reasons.push('at work');
          signal.addEventListener('abort', () => {
            reasons.push((signal.reason as Error).message);
            resolve();
          });
        }),
    });
    await vi.waitFor(() => expect(reasons).toHaveLength(2), { timeout: 20_000 });
    expect(await second.stop(50)).toBe(false);
    expect(reasons.slice(1)).toEqual(['at work', 'the consumer stops']);
  });

  it('are all rejected if Redis is unavailable', async () => {
    const link = new SeverableLink(new URL(url));
    await link.mend();
    const connection = new RedisConnection({ url: `redis://127.0.0.1:${link.port}` });
    await connection.open();
    await link.cut();
    const refused = new RedisEventBus(connection).publish([told('ann', 1)]);
    await expect(refused).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await connection.close();
  });

  it('are trimmed to about the configured length', async () => {
    const bus = new RedisEventBus(redis.connection, { partitions: 1, maxLength: 100 });
    for (let round = 0; round < 10; round += 1) {
      await bus.publish(Array.from({ length: 100 }, (_, index) => told('ann', round * 100 + index)));
    }
    const stream = redis.connection.key('events', '{0}');
    expect(await redis.connection.run((client) => client.xlen(stream))).toBeLessThan(400);
  });

  it('let a consumer stop after its current event, and leave the rest to the next consumer', async () => {
    const started = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const first = new Taken();
    const consumer = redis.consume({
      handler: async (event) => {
        started.resolve();
        await mayEnd.promise;
        first.handler(event);
      },
    });
    await redis.bus().publish([told('ann', 1), told('ann', 2)]);
    await started.promise;
    const stopped = consumer.stop();
    mayEnd.resolve();
    expect(await stopped).toBe(true);
    expect(first.keys).toEqual([told('ann', 1).key]);
    const second = new Taken();
    redis.consume({ handler: second.handler });
    await second.until(1);
    expect(second.keys).toEqual([told('ann', 2).key]);
  });

  it('are dropped if they are duplicates, also by another process', async () => {
    const taken = new Taken();
    const context = { signal: new AbortController().signal };
    const seen = () => new RedisSeenEvents(redis.connection, { consumer: 'mailer' });
    for (const event of [told('ann', 1), told('ann', 1), told('ann', 2)])
      await deduplicate(taken.handler, seen())(event, context);
    expect(taken.keys).toEqual([told('ann', 1).key, told('ann', 2).key]);
    const other = new RedisSeenEvents(redis.connection, { consumer: 'ledger' });
    expect(await other.has(told('ann', 1).key)).toBe(false);
  });
});

describe('events on Redis reject', () => {
  const connection = new RedisConnection({ client: new Redis({ lazyConnect: true }) });
  it.each<[string, () => unknown]>([
    ['partitions', () => redisEventBus({ partitions: 0 })],
    ['maxLength', () => new RedisEventBus(connection, { maxLength: 0.5 })],
    ['group', () => new RedisEventConsumer(connection, { group: '{all}', handler: () => undefined })],
    [
      'leaseMs',
      () => new RedisEventConsumer(connection, { group: 'all', handler: () => undefined, leaseMs: 1 }),
    ],
    [
      'maxDeliveries',
      () => new RedisEventConsumer(connection, { group: 'all', handler: () => undefined, maxDeliveries: 0 }),
    ],
    ['consumer', () => new RedisSeenEvents(connection, { consumer: '' })],
  ])('a %s that cannot work', (option, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
  });
});

/** How many different consumers hold streams. */
async function readers({ connection }: RedisEvents): Promise<number> {
  const keys = [0, 1, 2, 3].map((partition) => connection.key('events', `{${partition}}`, 'reader', 'test'));
  const members = await connection.run((client) => Promise.all(keys.map((key) => client.get(key))));
  return new Set(members.filter((member) => member !== null)).size;
}

async function deadLetters({ connection }: RedisEvents): Promise<readonly Record<string, string>[]> {
  const entries = await connection.run((client) =>
    client.xrange(connection.key('events', 'dead', 'test'), '-', '+'),
  );
  return entries.map(([, fields]) =>
    Object.fromEntries(
      fields.flatMap((name, index) => (index % 2 === 0 ? [[name, fields[index + 1]!]] : [])),
    ),
  );
}
