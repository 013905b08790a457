import { IntervalSchedule, VirtualClock, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, addMs, instant } from '../time/instant.ts';
import { RowLockedError } from '../transactions/row-locked-error.ts';
import { StoreUnavailableError } from '../transactions/transactions.ts';
import { defineJob, type Batch, type JobOptions } from './job-definition.ts';
import { JobEngine } from './job-engine.ts';
import { combineObservers } from './run-observer.ts';
import { TimerScheduler } from './timer-scheduler.ts';

const tick = instant('2026-11-24T00:00:00Z');

/**
 * A job of numbered items, in two halves with a checkpoint between them; a batch with a bad item in it throws. What the
 * engine asks for and tells is written down.
 */
async function world(count: number, options: Partial<JobOptions> = {}) {
  const clock = new VirtualClock(tick);
  const store = memoryStore(clock);
  const bad = new Set<string>();
  const done = new Set<string>();
  const asked: Pick<Batch, 'only' | 'skip' | 'checkpoint' | 'dryRun'>[] = [];
  const told: string[] = [];
  const all = Array.from({ length: count }, (_, index) => String(index));
  const due = (checkpoint: unknown): readonly string[] => {
    const middle = Math.ceil(count / 2);
    const half = checkpoint === 'half' ? all.slice(middle) : all.slice(0, middle);
    return half.filter((item) => !done.has(item));
  };
  const job = defineJob({
    name: 'sweep',
    schedule: { cron: '0 * * * *' },
    retry: { maxAttempts: 1 },
    items: async ({ checkpoint }) => due(checkpoint),
    batch: async ({ only, skip, checkpoint, dryRun }) => {
      asked.push({ only, skip, checkpoint, dryRun });
      const items = only ?? due(checkpoint).filter((item) => !skip.includes(item));
      const spoilt = items.find((item) => bad.has(item));
      if (spoilt !== undefined) throw new Error(`item ${spoilt} is bad`);
      for (const item of items) done.add(item);
      const isLast = only !== null || checkpoint === 'half';
      return { processed: items.length, next: isLast ? null : 'half' };
    },
    ...options,
  });
  const engine = new JobEngine({
    ...store,
    jobs: [{ job, schedule: new IntervalSchedule(60) }],
    instanceId: 'one',
    clock,
    leaseMs: 15_000,
    scheduler: new TimerScheduler(clock),
    random: () => 0,
    observer: combineObservers([
      {
        batchCommitted: (_, { processed }) => void told.push(`committed ${processed}`),
        itemFailed: (_, { item, error }) => void told.push(`${item}: ${(error as Error).message}`),
      },
    ]),
  });
  await engine.register();
  const failed = async () => (await engine.failedItems('sweep')).map(({ item }) => item);
  return { clock, store, engine, bad, done, asked, told, failed };
}

describe('a batch with a bad item', () => {
  it('is divided until the item stands alone; all others are done, and observers are told of each part', async () => {
    const { engine, bad, done, told, asked, failed } = await world(8, { maxFailureRate: 1 });
    bad.add('2');
    expect(await engine.runNow('sweep')).toMatchObject({
      report: { end: 'succeeded', processed: 7, failedItems: 1, batches: 4 },
    });
    expect([...done].toSorted().join('')).toBe('0134567');
    expect(await failed()).toEqual(['2']);
    expect(told).toEqual(['committed 2', '2: item 2 is bad', 'committed 1', 'committed 0', 'committed 4']);
    expect(asked).toEqual([
      { checkpoint: null, only: null, skip: [], dryRun: false },
      { checkpoint: null, only: ['0', '1'], skip: [], dryRun: false },
      { checkpoint: null, only: ['2', '3'], skip: [], dryRun: false },
      { checkpoint: null, only: ['2'], skip: [], dryRun: false },
      { checkpoint: null, only: ['3'], skip: [], dryRun: false },
      { checkpoint: null, only: null, skip: ['2'], dryRun: false },
      { checkpoint: 'half', only: null, skip: ['2'], dryRun: false },
    ]);
  });

  it.each([
    ['undefined', undefined],
    ['"2"', '2'],
    ['[{"id":"2"}]', [{ id: '2' }]],
  ])('cannot be divided if the job names %s as its items, and both errors are told', async (shown, given) => {
    const items = async () => given as unknown as readonly string[];
    const { engine, bad, failed } = await world(8, { items });
    bad.add('2');
    const outcome = await engine.runNow('sweep');
    expect(outcome).toMatchObject({ report: { end: 'failed' } });
    expect((outcome as { readonly report: { readonly error: Error } }).report.error.message).toBe(
      `items of sweep must return a list of text; got ${shown}. They were asked for because a batch failed: item 2 is bad`,
    );
    expect(await failed()).toEqual([]);
  });

  it('that is its only item is tried once more alone, and then recorded', async () => {
    const { engine, bad, asked, failed } = await world(2, { maxFailureRate: 1, retry: { maxAttempts: 1 } });
    bad.add('0');
    expect(await engine.runNow('sweep')).toMatchObject({ report: { processed: 1, failedItems: 1 } });
    expect(asked.map(({ only }) => only)).toEqual([null, ['0'], null, null]);
    expect(await failed()).toEqual(['0']);
  });

  it('fails its run if the share of bad items is too large, which then goes on at its checkpoint', async () => {
    const { engine, bad, asked, failed } = await world(8);
    bad.add('6');
    expect(await engine.runNow('sweep')).toMatchObject({
      report: { end: 'failed', processed: 7, failedItems: 1, error: { code: 'TOO_MANY_FAILED_ITEMS' } },
    });
    const before = asked.length;
    expect(await engine.runNow('sweep')).toMatchObject({ report: { end: 'failed' } });
    expect(asked[before]).toMatchObject({ checkpoint: 'half', skip: ['6'] });
    bad.clear();
    expect(await engine.retryFailedItems('sweep', tick)).toEqual({
      kind: 'retried',
      succeeded: 1,
      failed: [],
    });
    expect(await failed()).toEqual([]);
  });

  it('runs again if it met a locked row that is no longer due, but not for ever', async () => {
    for (const [locks, end] of [
      [3, 'succeeded'],
      [100, 'failed'],
    ] as const) {
      let left: number = locks;
      const batch = async (): Promise<{ processed: number; next: null }> => {
        if ((left -= 1) >= 0) throw new RowLockedError('A row', new Error('lock timeout'));
        return { processed: 0, next: null };
      };
      const { engine } = await world(0, { batch });
      expect(await engine.runNow('sweep')).toMatchObject({ report: { end, failedItems: 0 } });
    }
  });

  it('runs again if it met a locked row whose item is no longer due when it is tried alone', async () => {
    let locks = 3;
    const { engine, asked } = await world(1, {
      items: async () => ['0'],
      batch: async ({ only }) => {
        asked.push({ only, skip: [], checkpoint: null, dryRun: false });
        if (only === null && (locks -= 1) >= 0) throw new RowLockedError('A row', new Error('lock timeout'));
        return { processed: 0, next: null };
      },
    });
    expect(await engine.runNow('sweep')).toMatchObject({ report: { end: 'succeeded', failedItems: 0 } });
    expect(asked.map(({ only }) => only)).toEqual([null, ['0'], null, ['0'], null, ['0'], null]);
  });

  it('leaves an item that has failed before, though its job names it again', async () => {
    const asked: string[] = [];
    const { engine, failed } = await world(1, {
      maxFailureRate: 1,
      items: async () => ['0', '1'],
      batch: async ({ only, skip }) => {
        // The second item becomes bad later.
        const isBad = only === null ? skip.length < 2 : only[0] === '0' || asked.includes('1');
        asked.push(only?.join('') ?? 'all');
        if (isBad) throw new Error('an item is bad');
        return { processed: 1, next: null };
      },
    });
    expect(await engine.runNow('sweep')).toMatchObject({ report: { failedItems: 2 } });
    expect(await failed()).toEqual(['0', '1']);
    expect(asked).toEqual(['all', '0', '1', 'all', '1', 'all']);
  });

  it('throws its error where no item is to blame', async () => {
    let tries = 0;
    const { engine, failed } = await world(4, {
      batch: async ({ only }) => {
        tries += 1;
        if (only === null) throw new Error('the whole is bad');
        return { processed: 0, next: null };
      },
    });
    expect(await engine.runNow('sweep')).toMatchObject({
      report: { end: 'failed', failedItems: 0, error: { message: 'the whole is bad' } },
    });
    expect(await failed()).toEqual([]);
    // The batch, and each half of its two items.
    expect(tries).toBe(3);
  });

  it('goes on where every item is done alone', async () => {
    let isFirst = true;
    const done: string[] = [];
    const { engine, failed } = await world(2, {
      items: async () => ['0', '1'].filter((item) => !done.includes(item)),
      batch: async ({ only }) => {
        if (only === null && isFirst) {
          isFirst = false;
          throw new Error('not now');
        }
        done.push(...(only ?? []));
        return { processed: only?.length ?? 0, next: null };
      },
    });
    expect(await engine.runNow('sweep')).toMatchObject({ report: { end: 'succeeded', processed: 2 } });
    expect([done, await failed()]).toEqual([['0', '1'], []]);
  });

  it('fails its run after 20 times, if it goes on failing although its items are done alone', async () => {
    let item = 0;
    const { engine } = await world(2, {
      items: async () => [String((item += 1))],
      batch: async ({ only }) => {
        if (only === null) throw new Error('the whole is bad');
        return { processed: 1, next: null };
      },
    });
    expect(await engine.runNow('sweep')).toMatchObject({
      report: { end: 'failed', processed: 21, error: { message: 'the whole is bad' } },
    });
  });

  it('is not divided where it has no items', async () => {
    const asked: unknown[] = [];
    const { engine } = await world(2, {
      items: async () => [],
      batch: async ({ only }) => {
        asked.push(only);
        throw new Error('the whole is bad');
      },
    });
    expect(await engine.runNow('sweep')).toMatchObject({ report: { end: 'failed', processed: 0 } });
    expect(asked).toEqual([null]);
  });

  it('tries an item alone as often as its job allows, and several together once', async () => {
    const asked: string[] = [];
    let failures = 1;
    const { clock, engine, failed } = await world(2, {
      retry: { maxAttempts: 2, initialDelayMs: 1 },
      items: async () => ['0', '1', '2', '3'],
      batch: async ({ only }) => {
        if (only === null && asked.length > 1) return { processed: 0, next: null };
        asked.push(only?.join('') ?? 'all');
        if (only === null || only.length > 1) throw new Error('not together');
        if (only[0] === '0' && (failures -= 1) >= 0) throw new Error('not now');
        return { processed: 1, next: null };
      },
    });
    const run = engine.runNow('sweep');
    await clock.advanceBy(10);
    await run;
    expect(asked).toEqual(['all', 'all', '01', '0', '0', '1', '23', '2', '3']);
    expect(await failed()).toEqual([]);
  });

  it('holds nothing against its items when the store goes away meanwhile', async () => {
    const { engine, failed } = await world(2, {
      batch: async ({ only }) => {
        if (only === null) throw new Error('the whole is bad');
        throw new StoreUnavailableError('the store', 'gone');
      },
    });
    await expect(engine.runNow('sweep')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await failed()).toEqual([]);
  });

  it('is not given up for many bad items that are few among all', async () => {
    const { engine, bad, failed } = await world(22_000);
    for (let item = 0; item < 520; item += 1) bad.add(String(item));
    expect(await engine.runNow('sweep')).toMatchObject({
      report: { end: 'succeeded', processed: 21_480, failedItems: 520 },
    });
    expect(await failed()).toHaveLength(100);
  });

  it('is given up when too many have failed for it to be a matter of items', async () => {
    const { engine, bad, asked } = await world(4_000);
    for (let item = 0; item < 4_000; item += 1) bad.add(String(item));
    expect(await engine.runNow('sweep')).toMatchObject({
      report: { end: 'failed', processed: 0, failedItems: 500, error: { code: 'TOO_MANY_FAILED_ITEMS' } },
    });
    expect(asked.filter(({ only }) => only?.length === 1)).toHaveLength(500);
  });

  it.each([
    ['none of its other items', 0],
    ['half of its items', 1_000],
  ])('is given up as soon as its share is too large whatever comes, if %s are good', async (_which, good) => {
    const { engine, bad } = await world(4_000, { maxFailureRate: 0.3 });
    for (let item = good; item < 2_000; item += 1) bad.add(String(item));
    expect(await engine.runNow('sweep')).toMatchObject({
      report: { end: 'failed', processed: good, failedItems: 601, error: { code: 'TOO_MANY_FAILED_ITEMS' } },
    });
  });
});

describe('retrying failed items', () => {
  it('does them in parts no larger than a batch, and gives none up', async () => {
    const { engine, bad, asked, failed } = await world(20, { maxBatchSize: 4, maxFailureRate: 1 });
    for (let item = 0; item < 10; item += 1) bad.add(String(item));
    await engine.runNow('sweep');
    expect(await failed()).toHaveLength(10);
    const before = asked.length;
    bad.clear();
    bad.add('9');
    expect(await engine.retryFailedItems('sweep', tick)).toMatchObject({
      kind: 'retried',
      succeeded: 9,
      failed: [{ item: '9', error: 'item 9 is bad' }],
    });
    const parts = asked.slice(before).map(({ only }) => only?.join(''));
    expect(parts).toEqual(['0123', '4567', '89', '8', '9']);
  });

  it('tries each of them, however many fail again', async () => {
    const { store, engine, bad, asked } = await world(1_200);
    await engine.runNow('sweep');
    await store.transactions.run(async (tx) => {
      for (let item = 0; item < 600; item += 1) {
        bad.add(String(item));
        await store.failedItems.record(tx, { job: 'sweep', tick, item: String(item), error: 'no' });
      }
    });
    const outcome = await engine.retryFailedItems('sweep', tick);
    expect(outcome).toMatchObject({ kind: 'retried', succeeded: 0, failed: { length: 600 } });
    expect(asked.filter(({ only }) => only?.length === 1)).toHaveLength(600);
  });

  it('has nothing to do for a tick without any, and leaves one that was skipped', async () => {
    const { clock, store, engine } = await world(2, { missedTicks: 'latest' });
    expect(await engine.retryFailedItems('sweep', tick)).toEqual({
      kind: 'retried',
      succeeded: 0,
      failed: [],
    });
    clock.jumpTo(addMs(tick, HOUR_MS));
    await engine.runNow('sweep');
    await store.transactions.run((tx) =>
      store.failedItems.record(tx, { job: 'sweep', tick, item: '1', error: 'no' }),
    );
    expect(await engine.retryFailedItems('sweep', tick)).toEqual({ kind: 'done', status: 'skipped' });
  });

  it('leaves a run that fails again as failed', async () => {
    const { store, engine, bad } = await world(2);
    bad.add('0');
    await engine.runNow('sweep');
    expect(await engine.retryFailedItems('sweep', tick)).toMatchObject({
      kind: 'retried',
      succeeded: 0,
      failed: [{ item: '0' }],
    });
    expect(await store.ledger.runs('sweep', { limit: 1 })).toMatchObject([{ status: 'failed', fence: 2 }]);
  });
});
