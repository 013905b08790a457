import { instant, addMs, type FailedItem, type Transactions } from '@gamekeeper/core';
import { type FailedItems } from '@gamekeeper/core/ports';
import { compareBytewise as bytewise } from '@gamekeeper/core/game';
import { deepEqual, equal, rejects } from '../assertions.ts';
import { awkwardIds } from '../../arbitraries/awkward-ids.ts';
import { allPages } from '../batches.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';

/** What {@link failedItemsContract} runs against. */
export interface FailedItemsHarness {
  readonly transactions: Transactions;
  readonly failedItems: FailedItems;
  /** Advances the store's own clock, which dates failures; otherwise the clock must stand still. */
  readonly passTime: (ms: number) => Promise<void>;
}

const first = instant('2026-11-24T00:00:00Z');
const second = addMs(first, 3_600_000);
const failure = { job: 'sweep', tick: first, item: 'ada', error: 'it is broken' };

/** Returns the contract of `FailedItems` as test cases. */
export function failedItemsContract(options: ContractOptions<FailedItemsHarness>): readonly ContractCase[] {
  return contractCases<FailedItemsHarness>(options, [
    {
      name: 'stores a failure once for each job, tick and item, with the last error',
      check: async (create) => {
        const harness = await create();
        deepEqual(await harness.failedItems.list({ job: 'sweep' }, { limit: 10 }), []);
        await record(harness, failure);
        const [before] = await harness.failedItems.list({ job: 'sweep' }, { limit: 10 });
        await harness.passTime(5_000);
        await record(harness, { ...failure, error: 'it is "still" broken: {}, \n ü' });
        const after = await harness.failedItems.list({ job: 'sweep' }, { limit: 10 });
        deepEqual(after, [
          {
            ...failure,
            error: 'it is "still" broken: {}, \n ü',
            failedAt: addMs(before!.failedAt, 5_000),
          },
        ]);
      },
    },
    {
      name: 'lists a job or one of its ticks in pages of any size, newest tick first, items in bytewise order',
      check: async (create) => {
        const harness = await create();
        const items = ['Zoe', 'ada', 'bob', 'éva', '𝒳'];
        for (const tick of [first, second])
          for (const item of [...items].reverse()) await record(harness, { ...failure, tick, item });
        await record(harness, { ...failure, job: 'archive', item: 'other' });
        const all = [second, first].flatMap((tick) => items.map((item) => ({ tick, item })));
        for (const limit of [1, 3, 100]) {
          deepEqual(await places(harness, { job: 'sweep' }, limit), all);
          deepEqual(await places(harness, { job: 'sweep', tick: first }, limit), all.slice(items.length));
        }
        deepEqual(await places(harness, { job: 'sweep', tick: addMs(first, 1) }, 10), []);
        deepEqual(await places(harness, { job: 'unheard-of' }, 10), []);
      },
    },
    {
      name: 'keeps similar items distinct',
      check: async (create) => {
        const harness = await create();
        for (const item of awkwardIds) await record(harness, { ...failure, item });
        const all = awkwardIds.toSorted(bytewise).map((item) => ({ tick: first, item }));
        deepEqual(await places(harness, { job: 'sweep' }, 7), all);
        const [gone, ...left] = all;
        const of = { job: 'sweep', tick: first, items: [gone!.item] };
        await harness.transactions.run((tx) => harness.failedItems.remove(tx, of));
        deepEqual(await places(harness, { job: 'sweep' }, 7), left);
      },
    },
    {
      name: 'removes items of a tick, and no others',
      check: async (create) => {
        const harness = await create();
        for (const item of ['ada', 'bob', 'cy']) await record(harness, { ...failure, item });
        await record(harness, { ...failure, tick: second });
        await record(harness, { ...failure, job: 'archive' });
        await harness.transactions.run((tx) =>
          harness.failedItems.remove(tx, { job: 'sweep', tick: first, items: ['ada', 'cy', 'nobody'] }),
        );
        deepEqual(await places(harness, { job: 'sweep' }, 10), [
          { tick: second, item: 'ada' },
          { tick: first, item: 'bob' },
        ]);
        equal((await places(harness, { job: 'archive' }, 10)).length, 1);
      },
    },
    {
      name: 'prunes what failed before an instant, up to the limit',
      check: async (create) => {
        const harness = await create();
        const { failedItems, transactions, passTime } = harness;
        for (const item of ['ada', 'bob', 'cy']) await record(harness, { ...failure, item });
        await passTime(60_000);
        await record(harness, { ...failure, item: 'dot' });
        const dot = (await failedItems.list({ job: 'sweep' }, { limit: 10 })).at(-1)!;
        const prune = (before: FailedItem['failedAt'], limit: number): Promise<number> =>
          transactions.run((tx) => failedItems.prune(tx, { before, limit }));
        equal(await prune(addMs(dot.failedAt, -60_000), 10), 0);
        equal(await prune(dot.failedAt, 2), 2);
        equal(await prune(dot.failedAt, 2), 1);
        equal(await prune(dot.failedAt, 2), 0);
        deepEqual(await places(harness, { job: 'sweep' }, 10), [{ tick: first, item: 'dot' }]);
      },
    },
    {
      name: 'changes nothing if its transaction fails, and rejects a transaction of another store',
      check: async (create) => {
        const harness = await create();
        const { failedItems, transactions } = harness;
        await record(harness, failure);
        const failing = transactions.run(async (tx) => {
          await failedItems.record(tx, { ...failure, item: 'bob' });
          await failedItems.remove(tx, { job: 'sweep', tick: first, items: ['ada'] });
          throw new Error('undo');
        });
        await rejects(failing, /undo/);
        deepEqual(await places(harness, { job: 'sweep' }, 10), [{ tick: first, item: 'ada' }]);
        await refuseForeignTransaction(
          (tx) => failedItems.record(tx, failure),
          (tx) => failedItems.remove(tx, { job: 'sweep', tick: first, items: ['ada'] }),
          (tx) => failedItems.prune(tx, { before: second, limit: 1 }),
        );
      },
    },
  ]);
}

function record(
  { transactions, failedItems }: FailedItemsHarness,
  what: Omit<FailedItem, 'failedAt'>,
): Promise<void> {
  return transactions.run((tx) => failedItems.record(tx, what));
}

async function places(
  { failedItems }: FailedItemsHarness,
  of: Parameters<FailedItems['list']>[0],
  limit: number,
): Promise<readonly object[]> {
  const all = await allPages(
    (last: FailedItem | undefined, size) =>
      failedItems.list(of, { limit: size, ...(last && { after: { tick: last.tick, item: last.item } }) }),
    limit,
  );
  return all.map(({ tick, item }) => ({ tick, item }));
}
