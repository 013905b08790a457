import { SystemClock } from '@gamekeeper/composition';
import { InvalidOptionError, instant } from '@gamekeeper/core';
import { courierItem, type CourierItem } from '@gamekeeper/core/ports';
import { courierContract, runContract } from '@gamekeeper/testkit';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeWithRedis } from '../../../test/server-suites.ts';
import { startRedis } from '../../../test/servers/redis.ts';
import { openConnections, type BullMqConnections } from '../src/bull-mq-connections.ts';
import { BullMqCourier } from '../src/bull-mq-courier.ts';
import type { BullMqSchedulerOptions } from '../src/bull-mq-options.ts';
import { bullMqScheduler } from '../src/bull-mq-scheduler.ts';

/** The courier of a host, and its end. */
function opened(url: string, keyPrefix: string) {
  const connections: BullMqConnections = openConnections({ url });
  const errors: string[] = [];
  const onError = (error: Error): void => void errors.push(error.message);
  for (const client of [connections.sending, connections.working]) client.on('error', onError);
  const courier = new BullMqCourier({
    connections: () => connections,
    keyPrefix,
    onError,
    clock: new SystemClock(),
  });
  const cut = (): void => connections.disconnect();
  return { courier, cut, errors, end: () => courier.close().then(cut) };
}

const at = (second: number) => courierItem({ job: 'sweep', tick: instant(second * 1_000) });

describeWithRedis('BullMqCourier on a server', (url) => {
  const ownPrefix = (): string => `gamekeeper-test-${process.pid}-${randomUUID().slice(0, 6)}`;

  async function removeKeys(prefix: string): Promise<void> {
    const client = new Redis(url);
    const keys = await client.keys(`${prefix}:*`);
    if (keys.length > 0) await client.unlink(keys);
    client.disconnect();
  }

  const create = () => {
    const prefix = ownPrefix();
    const hosts: { readonly cut: () => void; readonly courier: BullMqCourier }[] = [];
    return {
      open: async () => {
        const host = opened(url, prefix);
        hosts.push(host);
        return { courier: host.courier, die: async () => host.cut() };
      },
      now: () => instant(new Date()),
      passTime: (ms: number) => wait(ms),
      takeoverMs: 30_000,
      close: async () => {
        await Promise.all(hosts.map(({ courier }) => courier.close()));
        hosts.forEach(({ cut }) => cut());
        await removeKeys(prefix);
      },
    };
  };
  describe('contract', { timeout: 90_000 }, () => {
    const supports = { shared: true, delays: true, redelivers: true };
    runContract(courierContract({ create, supports }), it);
  });

  it('keeps one waiting item for each key, and nothing of what is done', async () => {
    const prefix = ownPrefix();
    const { courier, end } = opened(url, prefix);
    for (let time = 0; time < 3; time += 1) await courier.send([at(1), at(1)]);
    expect(await courier.waiting(['sweep'])).toBe(1);
    const handled: string[] = [];
    const consumption = await courier.consume([{ job: 'sweep', concurrency: 1 }], async ({ key }) => {
      handled.push(key);
    });
    while (handled.length === 0) await wait(20);
    expect(await consumption.stop(5_000)).toBe(true);
    const client = new Redis(url);
    const keys = await client.keys(`${prefix}:*`);
    client.disconnect();
    expect(keys.filter((key) => key.includes(at(1).key))).toEqual([]);
    await end();
    await removeKeys(prefix);
  });

  it('ignores what others write to its queues', async () => {
    const prefix = ownPrefix();
    const { courier, end } = opened(url, prefix);
    const seen: CourierItem[] = [];
    const consumption = await courier.consume([{ job: 'sweep', concurrency: 1 }], async (item) => {
      seen.push(item);
    });
    const connection = new Redis(url, { maxRetriesPerRequest: null });
    const queue = new Queue('sweep', { connection, prefix });
    for (const data of [{ spam: true }, null, courierItem({ job: 'other', tick: instant(0) })])
      await queue.add('x', data);
    await courier.send([at(1)]);
    while (seen.length === 0) await wait(20);
    expect(seen).toEqual([at(1)]);
    await queue.close();
    connection.disconnect();
    await consumption.stop(5_000);
    await end();
    await removeKeys(prefix);
  });

  it('opens connections with the options of the host’s client, which it leaves as it is', async () => {
    const client = new Redis(url, { keyPrefix: 'mine:', lazyConnect: true });
    const module = bullMqScheduler({ client, keyPrefix: ownPrefix() });
    await module.open!({ migrate: undefined, logger: silent, signal: new AbortController().signal });
    expect(client.status).toBe('wait');
    await client.connect();
    await module.close!();
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
  });
});

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

describe('BullMqCourier and a Redis that comes and goes', () => {
  it('fails to send soon while Redis is away, and carries on when it is back, without its data', async () => {
    const server = await startRedis();
    if (!server) throw new Error('install redis-server');
    onTestFinished(() => server.stop());
    const { courier, end } = opened(server.url, 'gamekeeper');
    const seen: string[] = [];
    const consumption = await courier.consume([{ job: 'sweep', concurrency: 1 }], async ({ key }) => {
      seen.push(key);
    });
    const sendUntil = async (item: CourierItem): Promise<void> => {
      for (let time = 0; time < 40 && !seen.includes(item.key); time += 1) {
        await courier.send([item]).catch(() => undefined);
        await wait(250);
      }
      expect(seen).toContain(item.key);
    };
    await sendUntil(at(1));
    const client = new Redis(server.url);
    await client.flushall();
    await sendUntil(at(2));
    client.disconnect();
    expect(await consumption.stop(5_000)).toBe(true);
    await end();
  });

  it('fails to send within its timeout where no Redis has ever been', async () => {
    const { courier, cut } = opened('redis://127.0.0.1:1', 'gamekeeper');
    const startedAt = Date.now();
    await expect(courier.send([at(1)])).rejects.toThrow(/Redis|closed|ECONNREFUSED|writeable/);
    expect(Date.now() - startedAt).toBeLessThan(8_000);
    await courier.close();
    cut();
  });
});

describe('bullMqScheduler rejects', () => {
  const url = 'redis://keeper:s3cret@localhost:6379/0';
  const client = new Redis({ lazyConnect: true });
  it.each<[string, unknown, string]>([
    ['nothing', {}, 'bullMq'],
    ['two of them', { url, client }, 'bullMq'],
    ['an unset variable', { url: undefined }, 'bullMq.url'],
    ['a URL of another technology', { url: 'http://:s3cret@localhost' }, 'bullMq.url'],
    ['a client that is none', { client: { url } }, 'bullMq.client'],
    ['a server by its name', { server: 'localhost' }, 'bullMq.server'],
    [
      'a limit that BullMQ refuses',
      { server: { maxRetriesPerRequest: 3 } },
      'bullMq.server.maxRetriesPerRequest',
    ],
    ['a prefix with a colon', { url, keyPrefix: 'a:b' }, 'bullMq.keyPrefix'],
    ['a misspelt option', { url, prefix: 'game' }, 'bullMq.prefix'],
  ])('%s', (_name, options, option) => {
    const refused = (): unknown => bullMqScheduler(options as BullMqSchedulerOptions);
    expect(refused).toThrow(InvalidOptionError);
    try {
      refused();
    } catch (error) {
      expect(error).toMatchObject({ option });
      expect(String(error)).not.toContain('s3cret');
    }
  });
});
