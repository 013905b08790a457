import { defaultLivesRules as rules, instant, addMs, userId, type UserId } from '@gamekeeper/core';
import { livesRefilled } from '@gamekeeper/core/game';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresHarness, testSchema } from './postgres-harness.ts';

const tick = instant('2026-11-24T12:00:00Z');
const [ada, bob] = [userId('ada'), userId('bob')];

describe('a rehearsal on the embedded database', () => {
  dryRuns(new PostgresHarness({ memory: true }));
});

describeWithPostgres('a rehearsal on a server', (url) => {
  const harness = new PostgresHarness({ url, schema: testSchema() });
  dryRuns(harness);

  it('tells only of its own events, and begins again when somebody changes a row before it does', async () => {
    const store = await withLives(harness);
    let tries = 0;
    const { result, events } = await store.transactions.dryRun(async (tx) => {
      tries += 1;
      if (tries === 1) await store.give(ada, rules.maxLives - 2);
      await store.transactions.run((other) =>
        store.outbox.append(other, [livesRefilled(bob, addMs(tick, tries))]),
      );
      return store.regenerate(tx);
    });
    expect([tries, result.processed]).toEqual([2, 2]);
    expect(events).toEqual([livesRefilled(bob, tick)]);
    expect((await store.outbox.list({ limit: 10 })).map(({ key }) => key)).toEqual([
      livesRefilled(bob, addMs(tick, 1)).key,
      livesRefilled(bob, addMs(tick, 2)).key,
    ]);
  });
});

function dryRuns(harness: PostgresHarness): void {
  beforeAll(() => harness.database.open());
  afterAll(async () => {
    await harness.database.dropSchema();
    await harness.database.close();
  });

  it('tells what was changed and which events were written, and leaves nothing behind', async () => {
    const store = await withLives(harness);
    await store.transactions.run((tx) => store.outbox.append(tx, [livesRefilled(ada, addMs(tick, -1))]));
    const before = await store.lives.list({ limit: 10 });
    const { result, events } = await store.transactions.dryRun((tx) => store.regenerate(tx));
    expect(result.processed).toBe(2);
    expect(events.map(({ key }) => key).toSorted()).toEqual(
      [ada, bob].map((id) => livesRefilled(id, tick).key),
    );
    expect(await store.lives.list({ limit: 10 })).toEqual(before);
    expect(await store.outbox.list({ limit: 10 })).toHaveLength(1);
  });

  it('throws what the work throws, and leaves nothing behind either', async () => {
    const store = await withLives(harness);
    const work = store.transactions.dryRun(async (tx) => {
      await store.regenerate(tx);
      throw new Error('not today');
    });
    await expect(work).rejects.toThrow('not today');
    expect(await store.outbox.list({ limit: 10 })).toEqual([]);
  });
}

/** A store in which two players are one life short. */
async function withLives(harness: PostgresHarness) {
  const store = await harness.empty();
  const give = (id: UserId, currentLives: number): Promise<void> =>
    store.transactions.run((tx) =>
      store.lives.change(tx, id, () => ({
        state: { userId: id, currentLives, lastRegenAt: null, nextRegenAt: addMs(tick, -1) },
        result: undefined,
      })),
    );
  await give(ada, rules.maxLives - 1);
  await give(bob, rules.maxLives - 1);
  const regenerate = (tx: Parameters<typeof store.lives.regenerateDue>[0]) =>
    store.lives.regenerateDue(tx, { asOf: tick, rules, after: null, limit: 10, only: null, skip: [] });
  return { ...store, give, regenerate };
}
