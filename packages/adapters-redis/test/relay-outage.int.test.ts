import { type Logger } from '@gamekeeper/core';
import { EventRelay } from '@gamekeeper/core/engine';
import { VirtualClock, memoryStore, firstDeliveries } from '@gamekeeper/testkit';
import { expect, it, vi } from 'vitest';
import { describeWithRedis } from '../../../test/server-suites.ts';
import { RedisEventBus } from '../src/index.ts';
import { RedisEvents } from './redis-events.ts';
import { told } from '../../../test/told-events.ts';
import { SeverableLink } from '../../../test/servers/severable-link.ts';

describeWithRedis('a relay whose Redis is away for a while', (url) => {
  it('keeps events in the outbox, and delivers them when Redis is back', async () => {
    const redis = new RedisEvents(url);
    await redis.connection.open();
    const link = new SeverableLink(new URL(url));
    const connection = await redis.through(link);
    const lines: string[] = [];
    const clock = new VirtualClock('2026-11-24T12:00:00Z');
    const { outbox, outboxPartitions, transactions } = memoryStore(clock);
    const relay = new EventRelay({
      partitions: outboxPartitions,
      bus: new RedisEventBus(connection, { partitions: 4 }),
      clock,
      logger: keeping(lines),
      instanceId: 'relay',
      random: Math.random,
      batchSize: 10,
      pollIntervalMs: 10,
    });
    const events = Array.from({ length: 60 }, (_, number) => told(`player-${number % 7}`, number));
    const append = (from: number, to: number) =>
      transactions.run((tx) => outbox.append(tx, events.slice(from, to)));
    /** Lets time go on until something holds. */
    const until = (holds: () => unknown) =>
      vi.waitFor(
        async () => {
          await clock.advanceBy(50);
          await holds();
        },
        { timeout: 25_000, interval: 10 },
      );
    const nothingWaits = async () => expect((await outboxPartitions.lag()).pending).toBe(0);

    relay.start();
    await append(0, 20);
    await until(nothingWaits);
    await link.cut();
    await append(20, 60);
    await until(() => expect(lines).toContain('events cannot be delivered, trying again'));
    expect((await outboxPartitions.lag()).pending).toBe(40);
    await link.mend();
    await until(nothingWaits);
    await until(() => expect(lines).toContain('events are delivered again'));
    expect(lines).toHaveLength(3);
    expect(firstDeliveries(await redis.published())).toEqual(firstDeliveries(events));
    expect(await relay.stop(0)).toBe(true);
    await connection.close();
    await link.cut();
    await redis.clear();
    await redis.connection.close();
  }, 90_000);
});

function keeping(lines: string[]): Logger {
  const write = (line: string): void => void lines.push(line);
  return { debug: write, info: write, warn: write, error: write };
}
