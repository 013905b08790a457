import { defaultLivesRules as rules, instant, addMs, userId, type Json } from '@gamekeeper/core';
import { livesRefilled } from '@gamekeeper/core/game';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresHarness } from '../../test/postgres-harness.ts';

const tick = instant('2026-11-24T12:00:00Z');
const crowd = Array.from({ length: 40 }, (_, player) => userId(`player-${player}`));

describe('a crowd that becomes full', () => {
  const harness = new PostgresHarness({ memory: true });
  beforeAll(() => harness.database.open());
  afterAll(() => harness.database.close());

  it('is given its lives when some of its events are known already, each event once and nothing undone', async () => {
    const { lives, outbox, transactions } = await harness.empty();
    const due = { currentLives: rules.maxLives - 1, lastRegenAt: null, nextRegenAt: addMs(tick, -1) };
    const known = [livesRefilled(crowd[20]!, tick), livesRefilled(crowd[39]!, tick)];
    await transactions.run(async (tx) => {
      for (const id of crowd) {
        await lives.change(tx, id, () => ({ state: { userId: id, ...due }, result: undefined }));
      }
      await outbox.append(tx, known);
    });

    const processed: number[] = [];
    // One transaction for all batches: what the ones before did must outlive a batch that is written twice.
    await transactions.run(async (tx) => {
      let after: Json = null;
      do {
        const batch = await lives.regenerateDue(tx, { asOf: tick, rules, after, limit: 4 });
        processed.push(batch.processed);
        after = batch.next;
      } while (after !== null);
    });

    expect(processed.reduce((sum, count) => sum + count)).toBe(crowd.length);
    const stored = await lives.list({ limit: 100 });
    expect(stored.map(({ currentLives }) => currentLives)).toEqual(crowd.map(() => rules.maxLives));
    const keys = (await outbox.list({ limit: 100 })).map(({ key }) => key);
    expect(keys.toSorted()).toEqual(crowd.map((id) => livesRefilled(id, tick).key).toSorted());
  });
});
