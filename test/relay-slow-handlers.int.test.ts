import { PostgresDatabase, PostgresOutbox, PostgresOutboxPartitions } from '@gamekeeper/adapters-postgres';
import { InProcessEventBus, instant, silentLogger, type Clock, type DomainEvent } from '@gamekeeper/core';
import { EventRelay, subjectOf } from '@gamekeeper/core/engine';
import { firstDeliveries } from '@gamekeeper/testkit';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { describeWithPostgres } from './server-suites.ts';
import { told } from './told-events.ts';

const EVENTS_OF_ONE = 400;
const HANDLER_MS = 5;

/** Ten times as fast as the world, so that a batch of two seconds takes longer than a bus may be silent. */
const fast: Clock = {
  now: () => instant(Math.floor(performance.now() * 10)),
  setTimer(at, run) {
    const timer = setTimeout(run, Math.max(1, Math.ceil((at - fast.now()) / 10)));
    return { cancel: () => clearTimeout(timer) };
  },
};

describeWithPostgres('law 3 with slow handlers of two hosts on one database', (url) => {
  it('every event is handled once, every player in order, and both hosts share the work', async () => {
    const schema = `gamekeeper_test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
    const databases = [0, 1].map(() => new PostgresDatabase({ url, schema, poolSize: 3 }));
    for (const database of databases) await database.open();
    const [database] = databases as [PostgresDatabase];
    const lanes = new PostgresOutboxPartitions(database);
    const events = [
      ...Array.from({ length: EVENTS_OF_ONE }, (_, number) => told('one', number)),
      ...Array.from({ length: 400 }, (_, number) => told(`player-${number % 40}`, number)),
    ];
    const handled: DomainEvent[] = [];
    const atWork = new Set<string>();
    const overlaps: string[] = [];
    const byHost = databases.map(() => 0);
    const relays = databases.map((own, host) => {
      const bus = new InProcessEventBus();
      bus.subscribe(async (event) => {
        const player = subjectOf(event);
        if (atWork.has(player)) overlaps.push(event.key);
        atWork.add(player);
        await pause(HANDLER_MS);
        atWork.delete(player);
        handled.push(event);
        byHost[host]! += 1;
      });
      return new EventRelay({
        partitions: new PostgresOutboxPartitions(own),
        bus,
        clock: fast,
        logger: silentLogger,
        instanceId: `host-${host}`,
        random: Math.random,
        batchSize: 500,
        pollIntervalMs: 200,
      });
    });
    try {
      await database.run((tx) => new PostgresOutbox(database).append(tx, events));
      for (const relay of relays) relay.start();
      await vi.waitFor(async () => expect((await lanes.lag()).pending).toBe(0), {
        timeout: 25_000,
        interval: 50,
      });
      for (const relay of relays) expect(await relay.stop(50_000)).toBe(true);
      expect(handled).toHaveLength(events.length);
      expect(overlaps).toEqual([]);
      expect(firstDeliveries(handled)).toEqual(firstDeliveries(events));
      expect(Math.min(...byHost)).toBeGreaterThan(0);
    } finally {
      for (const relay of relays) await relay.stop(0);
      await database.dropSchema();
      for (const one of databases) await one.close();
    }
  });
});
