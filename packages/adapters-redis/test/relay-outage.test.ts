import { createJobHost } from '@gamekeeper/composition';
import { tokens, userId, type Outbox, type Transactions } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { memoryAdapters } from '@gamekeeper/testkit';
import { expect, it, vi } from 'vitest';
import { describeWithRedis } from '../../../test/server-suites.ts';
import { redisConnection, redisEventBus } from '../src/index.ts';
import { RedisEvents, firsts, told } from './redis-events.ts';
import { SeverableLink } from './severable-link.ts';

describeWithRedis('a host whose Redis is away for a while', (url) => {
  it('plays on, keeps its events, and delivers them when Redis is back', async () => {
    const redis = new RedisEvents(url);
    await redis.connection.open();
    const link = new SeverableLink(new URL(url));
    await link.mend();
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const host = createJobHost({
      modules: [
        memoryAdapters(),
        redisConnection({ url: `redis://127.0.0.1:${link.port}`, keyPrefix: redis.connection.keyPrefix }),
        redisEventBus({ partitions: 4 }),
        cronerScheduler(),
      ],
      logger: { debug: write, info: write, warn: write, error: write },
      relay: { pollEveryMs: 10 },
    });
    await host.start();
    const transactions = host.container.get<Transactions>(tokens.transactions.symbol);
    const outbox = host.container.get<Outbox>(tokens.outbox.symbol);
    const events = Array.from({ length: 60 }, (_, number) => told(`player-${number % 7}`, number));
    const append = (from: number, to: number) =>
      transactions.run((tx) => outbox.append(tx, events.slice(from, to)));
    const waits = async (): Promise<number> => (await host.undelivered()).pending;

    await append(0, 20);
    await vi.waitFor(async () => expect(await waits()).toBe(0), { timeout: 20_000 });
    await link.cut();
    await append(20, 60);
    await vi.waitFor(() => expect(lines).toContain('events cannot be delivered, trying again'), {
      timeout: 20_000,
    });
    expect(await waits()).toBe(40);
    expect((await host.gameplay.startQuiz({ userId: userId('ann') })).ok).toBe(true);
    expect(await host.runNow('life-regeneration')).toHaveProperty('kind');

    await link.mend();
    await vi.waitFor(async () => expect(await waits()).toBe(0), { timeout: 25_000 });
    await vi.waitFor(() => expect(lines).toContain('events are delivered again'), { timeout: 20_000 });
    expect(lines.filter((line) => line.includes('cannot be delivered'))).toHaveLength(1);
    expect(firsts(await redis.published())).toEqual(firsts(events));
    expect(await host.stop()).toBe(true);
    await link.cut();
    await redis.clear();
    await redis.connection.close();
  }, 90_000);
});
