import { eventBusContract, leaderboardCacheContract, memoryStore, VirtualClock } from '@gamekeeper/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { documented } from '../../../test/documented.ts';
import { describeWithRedis } from '../../../test/server-suites.ts';
import type { RunningServer } from '../../../test/servers/find-server.ts';
import { startRedis } from '../../../test/servers/redis.ts';
import { told } from '../../../test/told-events.ts';
import {
  RedisConnection,
  RedisEventBus,
  RedisEventConsumer,
  RedisLeaderboardCache,
  RedisSeenEvents,
} from '../src/index.ts';
import { Taken } from './redis-events.ts';

const rules = await documented('docs/operate.md', 'redis', 'ACL SETUSER');

// A server of its own, whose users it changes.
describeWithRedis('a Redis user with the documented rights', () => {
  let server: RunningServer;
  let admin: Redis;
  let connection: RedisConnection;
  const connections: RedisConnection[] = [];
  let cases = 0;

  beforeAll(async () => {
    const started = await startRedis();
    if (!started) throw new Error('install redis-server: these tests change its users');
    server = started;
    admin = new Redis(server.url);
    for (const rule of rules) await admin.call(...(rule.split(' ') as [string, ...string[]]));
    connection = await connected('gamekeeper');
    await admin.config('RESETSTAT');
  });
  afterAll(async () => {
    await Promise.all(connections.map((one) => one.close()));
    admin.disconnect();
    await server.stop();
  });

  it('serves leaderboards', { timeout: 60_000 }, async () => {
    const create = async () => {
      const clock = new VirtualClock('2026-11-24T00:00:00Z');
      const own = await connected(`gamekeeper:${(cases += 1)}`);
      return {
        ...memoryStore(clock),
        now: () => clock.now(),
        passTime: async (ms: number) => clock.jumpTo(clock.now() + ms),
        cache: new RedisLeaderboardCache(own, clock),
      };
    };
    const supports = { concurrent: true, separate: true };
    for (const { run } of leaderboardCacheContract({ create, supports, examples: 2 })) await run();
    await expectNothingRefused();
  });

  it('publishes events and reads them', { timeout: 60_000 }, async () => {
    const consumers: RedisEventConsumer[] = [];
    const create = async () => {
      await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
      const own = await connected(`gamekeeper:${(cases += 1)}`);
      const taken = new Taken();
      consumers.push(consuming(own, taken));
      return {
        bus: new RedisEventBus(own, { partitions: 4 }),
        refuse: (key: string, times: number) => taken.refuse(key, times),
        taken: (different: number) => taken.until(different),
      };
    };
    for (const { run } of eventBusContract({ create, examples: 2 })) await run();
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await expectNothingRefused();
  });

  it('keeps dead letters, trims streams, moves partitions between consumers, and remembers seen events', async () => {
    const bus = new RedisEventBus(connection, { partitions: 1, maxLength: 10 });
    const dropped = vi.fn<() => void>();
    const taken = new Taken();
    const first = consuming(connection, taken, { partitions: 1, maxDeliveries: 2, onDropped: dropped });
    taken.refuse('Told:ann:0', 5);
    await bus.publish([told('ann', 0), told('ann', 1)]);
    await taken.until(1);
    await first.stop();
    await bus.publish(Array.from({ length: 40 }, (_, number) => told('bob', number)));
    const second = consuming(connection, taken, { partitions: 1, onDropped: dropped });
    await vi.waitFor(() => expect(dropped).toHaveBeenCalled());
    await second.stop();
    const seen = new RedisSeenEvents(connection, { consumer: 'mailer' });
    await seen.add('one');
    expect(await seen.has('one')).toBe(true);
    await expectNothingRefused();
  });

  it('may do nothing else', async () => {
    const client = new Redis(at());
    await expect(client.get('somebody:else')).rejects.toThrow('NOPERM');
    await expect(client.flushall()).rejects.toThrow('NOPERM');
    await expect(client.keys('*')).rejects.toThrow('NOPERM');
    await expect(client.config('GET', '*')).rejects.toThrow('NOPERM');
    client.disconnect();
  });

  it('has no right that nothing uses', async () => {
    // Redis counts the commands of scripts, too.
    const statistics = await admin.info('commandstats');
    const used = new Set([...statistics.matchAll(/^cmdstat_([^:]+):/gm)].map(([, command]) => command!));
    const granted = rules.flatMap((rule) => [...rule.matchAll(/\+(\S+)/g)].map(([, command]) => command!));
    // Of a connection to another database of Redis, of a client that is shared, and one that Redis 7.0 does not count.
    const ofConnections = ['select', 'ping', 'quit'];
    expect(granted.filter((command) => !used.has(command) && !ofConnections.includes(command))).toEqual([]);
  });

  function at(): string {
    const url = new URL(server.url);
    url.username = 'gamekeeper';
    url.password = /\s>(\S+)/.exec(rules.join(' '))![1]!;
    return url.href;
  }

  async function connected(keyPrefix: string): Promise<RedisConnection> {
    const opened = new RedisConnection({ url: at(), keyPrefix });
    await opened.open();
    connections.push(opened);
    return opened;
  }

  function consuming(
    own: RedisConnection,
    taken: Taken,
    options: object = { partitions: 4 },
  ): RedisEventConsumer {
    const quick = { group: 'test', leaseMs: 600, pollIntervalMs: 5, initialDelayMs: 1 };
    const consumer = new RedisEventConsumer(own, { handler: taken.handler, ...quick, ...options });
    consumer.start();
    return consumer;
  }

  /** What the server refused since the last look, whether anybody noticed or not. */
  async function expectNothingRefused(): Promise<void> {
    const log = (await admin.call('ACL', 'LOG')) as readonly (readonly unknown[])[];
    expect(log.map((entry) => entry.slice(0, 10).join(' '))).toEqual([]);
  }
});
