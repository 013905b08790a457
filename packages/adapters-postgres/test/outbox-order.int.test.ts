import { instant, type DomainEvent } from '@gamekeeper/core';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresDatabase, PostgresOutbox, PostgresOutboxPartitions } from '../src/index.ts';
import { testSchema } from './postgres-harness.ts';

describeWithPostgres('the outbox of a server, where commits overtake each other', (url) => {
  const database = new PostgresDatabase({ url, schema: testSchema(), poolSize: 4 });
  const outbox = new PostgresOutbox(database);
  const lanes = new PostgresOutboxPartitions(database);
  beforeAll(() => database.open());
  afterAll(async () => {
    await database.dropSchema();
    await database.close();
  });

  it('law 3: delivers an event that commits after one with a larger id was delivered', async () => {
    const wrote = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const slow = database.run(async (tx) => {
      await outbox.append(tx, [told('slow')]);
      wrote.resolve();
      await mayCommit.promise;
    });
    await wrote.promise;
    await database.run((tx) => outbox.append(tx, [told('quick')]));
    expect(await deliver()).toEqual(['quick']);
    mayCommit.resolve();
    await slow;
    const ids = new Map((await outbox.list({ limit: 10 })).map(({ key, id }) => [key, Number(id)]));
    expect(ids.get('slow')).toBeLessThan(ids.get('quick')!);
    expect(await deliver()).toEqual(['slow']);
    expect((await lanes.lag()).pending).toBe(0);
  });

  it('delivers the other lanes while a stranger holds the row of one', async () => {
    const players = Array.from({ length: 40 }, (_, player) => ({
      ...told(`locked-${player}`),
      payload: { userId: `player-${player}` },
    }));
    // Every lane was claimed before.
    await database.run((tx) => outbox.append(tx, players));
    await deliver();
    const again = players.map((event) => ({ ...event, key: `${event.key}-again` }));
    await database.run((tx) => outbox.append(tx, again));
    const locked = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const { outboxLanes } = database.tables;
    const stranger = database.run(async (tx) => {
      await database.within(tx, (db) =>
        sql`select from ${outboxLanes} order by claimed_at, lane limit 1 for update`.execute(db),
      );
      locked.resolve();
      await mayEnd.promise;
    });
    await locked.promise;
    const delivered = await deliver();
    expect(delivered.length).toBeGreaterThan(20);
    expect((await lanes.lag()).pending).toBe(40 - delivered.length);
    mayEnd.resolve();
    await stranger;
    await deliver();
    expect((await lanes.lag()).pending).toBe(0);
  });

  async function deliver(): Promise<readonly string[]> {
    const keys: string[] = [];
    for (;;) {
      const claim = await lanes.claim({ instanceId: 'relay', leaseMs: 30_000, limit: 100 });
      if (!claim) return keys;
      keys.push(...claim.events.map(({ key }) => key));
      await lanes.complete(claim, { kind: 'released', delivered: claim.events.length });
    }
  }
});

function told(key: string): DomainEvent {
  return { type: 'Told', key, occurredAt: instant('2026-11-24T00:00:00Z'), payload: { userId: 'ann' } };
}
