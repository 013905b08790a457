import { userId } from '@gamekeeper/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresDatabase, PostgresThrottle } from '../src/index.ts';
import { PostgresHarness, testSchema } from './postgres-harness.ts';

describeWithPostgres('a throttle on a server', (url) => {
  // A database of its own: the throttle counts whoever waits in the database, and other tests wait for locks, too.
  const name = `gamekeeper_throttle_${process.pid}`;
  const own = new URL(url);
  own.pathname = `/${name}`;
  const admin = new PostgresDatabase({ url, schema: testSchema() });
  const harness = new PostgresHarness({ url: own.href, schema: testSchema(), poolSize: 12 });
  const { database } = harness;
  const execute = (statement: string): Promise<unknown> =>
    admin.within(undefined, (db) => sql.raw(statement).execute(db));
  beforeAll(async () => {
    await admin.open();
    await execute(`create database ${name}`);
    await database.open();
  });
  afterAll(async () => {
    await database.close();
    await execute(`drop database if exists ${name} with (force)`);
    await admin.dropSchema();
    await admin.close();
  });

  it('pauses while many sessions wait for a lock, and asks the server once a second', async () => {
    const { lives, transactions } = await harness.empty();
    const player = userId('ada');
    const state = { userId: player, currentLives: 1, lastRegenAt: null, nextRegenAt: null };
    await transactions.run((tx) => lives.change(tx, player, () => ({ state, result: null })));
    let now = 0;
    const throttle = new PostgresThrottle(database, () => now);
    expect(await throttle.pauseMs()).toBe(0);

    let waiting: Promise<unknown> = Promise.resolve();
    await transactions.run(async (tx) => {
      await lives.change(tx, player, () => ({ state, result: null }));
      const others = Array.from({ length: 6 }, () =>
        transactions.run((other) => lives.change(other, player, () => ({ state, result: null }))),
      );
      waiting = Promise.all(others);
      await expect.poll(() => lockWaits(database)).toBeGreaterThanOrEqual(6);
      now += 999;
      expect(await throttle.pauseMs()).toBe(0);
      now += 1;
      expect(await throttle.pauseMs()).toBe(1_000);
    });
    await waiting;
    now += 1_000;
    await expect.poll(() => lockWaits(database)).toBe(0);
    expect(await throttle.pauseMs()).toBe(0);
  });
});

describe('a throttle on the embedded database', () => {
  it('finds nobody that waits', async () => {
    const database = new PostgresDatabase({ memory: true });
    await database.open();
    expect(await new PostgresThrottle(database).pauseMs()).toBe(0);
    await database.close();
  });
});

async function lockWaits(database: PostgresDatabase): Promise<number> {
  const { rows } = await database.within(undefined, (db) =>
    sql<{ count: number }>`
      select pg_catalog.count(*)::int as count from pg_catalog.pg_stat_activity
      where wait_event_type = 'Lock' and query like ${`%${database.schema}%`}
    `.execute(db),
  );
  return rows[0]!.count;
}
