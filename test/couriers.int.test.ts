import { pgBossScheduler } from '@gamekeeper/scheduler-pgboss';
import { bullMqScheduler } from '@gamekeeper/scheduler-bullmq';
import { Redis } from 'ioredis';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sql } from 'kysely';
import { CarriedFleet } from './carried-fleet.ts';
import { describeWithPostgres } from './server-suites.ts';
import { startRedis } from './servers/redis.ts';

const SPAN_MS = 12_000;

describeWithPostgres('two hosts whose work is carried', (url) => {
  const fleetOn = (): CarriedFleet => {
    const fleet = new CarriedFleet(url);
    onTestFinished(() => fleet.close());
    return fleet;
  };

  /** Half of the span, then the queue loses everything, then the other half; every tick and shard ran once. */
  async function halves(fleet: CarriedFleet, lose: () => Promise<void>): Promise<void> {
    const from = Date.now() + 500;
    await fleet.play(6);
    await wait(SPAN_MS / 2);
    await lose();
    await fleet.play(6);
    await wait(SPAN_MS / 2);
    const steps = await fleet.judge(from, Date.now() - 1_500);
    expect(new Set(steps.map(({ host }) => host))).toEqual(new Set(['one', 'two']));
    const { standings } = await fleet.hosts[0]!.leaderboards.top('global', { limit: 20 });
    expect(standings.map(({ score }) => score)).toEqual([20, 20, 20, 20, 20, 20]);
  }

  describe('by pg-boss', { timeout: 120_000 }, () => {
    it('runs every tick and shard once, also when the queue’s tables are emptied', async () => {
      const fleet = fleetOn();
      const options = { url, schema: fleet.bossSchema, pollIntervalMs: 500 };
      for (const name of ['one', 'two']) await fleet.start(name, pgBossScheduler(options));
      await halves(fleet, async () => {
        await fleet.run((db) => sql`truncate ${sql.id(options.schema, 'job')}`.execute(db));
      });
    });
  });

  describe('by BullMQ', { timeout: 120_000 }, () => {
    it('runs every tick and shard once, also when Redis loses everything, or is gone', async () => {
      const fleet = fleetOn();
      const server = await startRedis();
      if (!server) throw new Error('install redis-server');
      onTestFinished(() => server.stop());
      for (const name of ['one', 'two']) await fleet.start(name, bullMqScheduler({ url: server.url }));
      await halves(fleet, async () => {
        const client = new Redis(server.url);
        await client.flushall();
        client.disconnect();
      });
      // Then the hosts work without it.
      await server.stop();
      const from = Date.now();
      await wait(SPAN_MS / 2);
      await fleet.judge(from, Date.now() - 1_500);
    });

    it('works on one host and sends from another', async () => {
      const fleet = fleetOn();
      const server = await startRedis();
      if (!server) throw new Error('install redis-server');
      onTestFinished(() => server.stop());
      await fleet.start('sends', bullMqScheduler({ url: server.url }), 'send');
      await fleet.start('works', bullMqScheduler({ url: server.url }), 'work');
      const from = Date.now() + 500;
      await wait(SPAN_MS / 2);
      const steps = await fleet.judge(from, Date.now() - 1_500);
      expect(new Set(steps.map(({ host }) => host))).toEqual(new Set(['works']));
    });
  });
});
