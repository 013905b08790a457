import { MemoryDatabase, MemoryFailedItems, VirtualClock } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { instant } from '../time/instant.ts';
import { TooManyFailedItemsError, failedItemCursor, failedItemsOf, failureText } from './failed-items.ts';

const tick = instant('2026-11-24T00:00:00Z');

describe('a cursor of failed items', () => {
  it('has its instant in any form', () => {
    expect(failedItemCursor({ tick: '2026-11-24T00:00:00Z', item: 'ada' })).toEqual({ tick, item: 'ada' });
    expect(failedItemCursor({ tick: new Date(tick), item: 'ada' })).toEqual({ tick, item: 'ada' });
  });

  it.each([
    ['after', null],
    ['after', 'ada'],
    ['after.item', { tick, item: '' }],
    ['after.item', { tick }],
    ['after.tick', { tick: 'yesterday', item: 'ada' }],
    ['after.tick', { item: 'ada' }],
  ])('is refused by the name %s if it is %j', (option, given) => {
    expect(() => failedItemCursor(given as Parameters<typeof failedItemCursor>[0])).toThrow(
      expect.objectContaining({
        option,
        message: expect.stringContaining(
          'must be the last item of the previous page: { tick, item }',
        ) as string,
      }),
    );
  });
});

describe('the failed items of a tick', () => {
  it('are all returned, each once and in order, however many pages they fill', async () => {
    for (const count of [0, 1, 10_000, 20_001]) {
      const database = new MemoryDatabase(new VirtualClock(tick));
      const failedItems = new MemoryFailedItems(database);
      const items = Array.from({ length: count }, (_, index) => `item-${String(index).padStart(5, '0')}`);
      await database.run(async (tx) => {
        for (const item of items) await failedItems.record(tx, { job: 'sweep', tick, item, error: 'no' });
      });
      const all = await failedItemsOf(failedItems, { job: 'sweep', tick });
      expect(all.map(({ item }) => item)).toEqual(items);
    }
  });

  it('keep a thousand characters of their errors', () => {
    expect(failureText(new Error('no'))).toBe('no');
    expect(failureText(new Error('no'.repeat(600))).length).toBeLessThanOrEqual(1_001);
  });
});

describe('a run with too many failed items', () => {
  const counts = { failed: 6, processed: 94, share: 0.05 };

  it('says how many, the last error if there is one, and what to do', () => {
    expect(new TooManyFailedItemsError(counts, 'no such player').message).toBe(
      '6 items failed and 94 succeeded, more than maxFailureRate 0.05 allows (the last one: no such player); fix the cause, then call host.retryFailedItems for this tick.',
    );
    expect(new TooManyFailedItemsError(counts, null).message).toMatch(
      /more than maxFailureRate 0.05 allows; fix/,
    );
  });
});
