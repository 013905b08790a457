import { loadReplay, type ReplayOptions } from '@gamekeeper/cli';
import { DAY_MS, addMs, instant } from '@gamekeeper/core';
import type { HostModule } from '@gamekeeper/core/ports';
import { bullMqScheduler } from '@gamekeeper/scheduler-bullmq';
import { pgBossScheduler } from '@gamekeeper/scheduler-pgboss';
import { memoryAdapters } from '@gamekeeper/testkit';
import { Redis } from 'ioredis';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithPostgres, describeWithRedis } from '../../../test/server-suites.ts';
import { replayCarried } from './carried-replay.ts';

const { readActivity, replay, resultOf } = await loadReplay();

type History = Omit<ReplayOptions, 'store'>;

/** Half a year through a queue takes minutes: `FULL_REPLAY=1 npm test`. */
const full = process.env['FULL_REPLAY'] === '1';
const data = new URL('../data/', import.meta.url);
const expectedOutcome: unknown = JSON.parse(
  await readFile(new URL('activity-2025-h1.expected.json', data), 'utf8'),
);

/** The real history: over the ends of a month and a week, or all of it. */
async function history(days?: number): Promise<History> {
  const from = instant(days === undefined ? '2025-01-01T00:00:00Z' : '2025-01-30T00:00:00Z');
  return {
    quizzes: await readActivity(fileURLToPath(new URL('activity-2025-h1.csv', data))),
    from,
    to: days === undefined ? instant('2025-07-01T00:00:00Z') : addMs(from, days * DAY_MS),
  };
}

async function expectSame(played: History, carrier: () => HostModule, expected?: unknown): Promise<void> {
  const end = await replayCarried({ store: memoryAdapters(), carrier, ...played });
  try {
    const result = await resultOf(end);
    expect(result).toEqual(expected ?? (await outcomeOf(played)));
    const runs = Object.values(result.runs).reduce((sum, count) => sum + count, 0);
    expect(end.carried.runs).toBe(runs);
    expect(end.carried.shards).toBeGreaterThan(0);
  } finally {
    await end.close();
  }
}

async function outcomeOf(played: History): Promise<unknown> {
  const end = await replay({ store: memoryAdapters(), ...played });
  try {
    return await resultOf(end);
  } finally {
    await end.close();
  }
}

describeWithPostgres('a replay whose ticks pg-boss carries from one host to another', (url) => {
  const carried = async (): Promise<() => HostModule> => {
    const schema = `gamekeeper_replay_boss_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
    onTestFinished(async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query(`drop schema if exists ${schema} cascade`);
      await client.end();
    });
    return () => pgBossScheduler({ url, schema });
  };

  it('ends the same as without it', { timeout: 180_000 }, async () => {
    await expectSame(await history(4), await carried());
  });

  if (full) {
    it('of half a year ends exactly as the rules say', { timeout: 3_600_000 }, async () => {
      await expectSame(await history(), await carried(), expectedOutcome);
    });
  }
});

describeWithRedis('a replay whose ticks BullMQ carries from one host to another', (url) => {
  const carried = async (): Promise<() => HostModule> => {
    const keyPrefix = `gamekeeper-replay-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
    onTestFinished(async () => {
      const client = new Redis(url);
      const keys = await client.keys(`${keyPrefix}:*`);
      if (keys.length > 0) await client.unlink(...keys);
      client.disconnect();
    });
    return () => bullMqScheduler({ url, keyPrefix });
  };

  it('ends the same as without it', { timeout: 180_000 }, async () => {
    await expectSame(await history(4), await carried());
  });

  if (full) {
    it('of half a year ends exactly as the rules say', { timeout: 3_600_000 }, async () => {
      await expectSame(await history(), await carried(), expectedOutcome);
    });
  }
});
