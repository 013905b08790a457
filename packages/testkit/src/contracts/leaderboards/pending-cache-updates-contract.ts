import { instant, userId, type Transaction, type Transactions, type UserId } from '@gamekeeper/core';
import type { CacheUpdate, PendingCacheUpdates } from '@gamekeeper/core/ports';
import { deepEqual, equal, ok } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';

/** What {@link pendingCacheUpdatesContract} runs against. */
export interface PendingCacheUpdatesHarness {
  readonly transactions: Transactions;
  readonly pendingCacheUpdates: PendingCacheUpdates;
}

/** Returns the contract of `PendingCacheUpdates` as test cases. */
export function pendingCacheUpdatesContract(
  options: ContractOptions<PendingCacheUpdatesHarness>,
): readonly ContractCase[] {
  return contractCases(options, [
    {
      name: 'lists nothing before an update was written',
      check: async (create) => {
        const { pendingCacheUpdates } = await create();
        deepEqual(await pendingCacheUpdates.list(10), []);
        await pendingCacheUpdates.remove([]);
      },
    },
    {
      name: 'keeps updates exactly, in the order in which they were written',
      check: async (create) => {
        const { transactions, pendingCacheUpdates } = await create();
        const updates = [scores(ada), name(ada), scores(userId('ß "quoted"\n')), scores(ada, 0)];
        for (const update of updates) await transactions.run((tx) => pendingCacheUpdates.append(tx, update));
        deepEqual(await updatesIn(pendingCacheUpdates), updates);
        deepEqual(await updatesIn(pendingCacheUpdates, 2), updates.slice(0, 2));
      },
    },
    {
      name: 'keeps no update of a transaction that is rolled back, or still open',
      check: async (create) => {
        const { transactions, pendingCacheUpdates } = await create();
        const failure = new Error('rolled back');
        const failing = async (tx: Transaction): Promise<void> => {
          await pendingCacheUpdates.append(tx, name(ada));
          throw failure;
        };
        const caught = await transactions.run(failing).catch((error: unknown) => error);
        equal(caught, failure);
        deepEqual(await pendingCacheUpdates.list(10), []);
      },
    },
    {
      name: 'removes updates, and no others',
      check: async (create) => {
        const { transactions, pendingCacheUpdates } = await create();
        await transactions.run(async (tx) => {
          for (const id of ['a', 'b', 'c']) await pendingCacheUpdates.append(tx, name(userId(id)));
        });
        const [first, , last] = await pendingCacheUpdates.list(10);
        await pendingCacheUpdates.remove([first!.id, last!.id]);
        await pendingCacheUpdates.remove([first!.id]);
        deepEqual(await updatesIn(pendingCacheUpdates), [name(userId('b'))]);
      },
    },
    {
      name: 'never uses an id again',
      check: async (create) => {
        const { transactions, pendingCacheUpdates } = await create();
        const seen = new Set<string>();
        for (let round = 1; round <= 3; round += 1) {
          await transactions.run((tx) => pendingCacheUpdates.append(tx, name(ada)));
          const [only] = await pendingCacheUpdates.list(10);
          ok(!seen.has(only!.id), `${only!.id} was used before`);
          seen.add(only!.id);
          await pendingCacheUpdates.remove([only!.id]);
        }
      },
    },
    {
      name: 'lets several instances remove the same updates at once',
      needs: 'concurrent',
      check: async (create) => {
        const { transactions, pendingCacheUpdates } = await create();
        await transactions.run(async (tx) => {
          for (let index = 0; index < 50; index += 1) await pendingCacheUpdates.append(tx, name(ada));
        });
        const ids = (await pendingCacheUpdates.list(100)).map(({ id }) => id);
        await Promise.all([ids, ids.toReversed(), ids].map((some) => pendingCacheUpdates.remove(some)));
        await pendingCacheUpdates.remove(ids);
        deepEqual(await pendingCacheUpdates.list(100), []);
      },
    },
  ]);
}

const ada = userId('ada');

function name(of: UserId): CacheUpdate {
  return { kind: 'name', userId: of };
}

function scores(of: UserId, score = Number.MAX_SAFE_INTEGER): CacheUpdate {
  const startsAt = instant('2026-11-23T00:00:00Z');
  const endsAt = instant('2026-11-30T00:00:00Z');
  return {
    kind: 'scores',
    userId: of,
    scores: [
      {
        board: 'weekly',
        period: { key: '2026-W48', startsAt, endsAt },
        score: { userId: of, username: 'Ada ✓', score, lastXpAt: instant('2026-11-24T12:00:00.001Z') },
      },
      {
        board: 'global',
        period: { key: 'all', startsAt: null, endsAt: null },
        score: { userId: of, username: 'Ada', score: 1, lastXpAt: null },
      },
    ],
  };
}

async function updatesIn(pending: PendingCacheUpdates, limit = 10): Promise<readonly CacheUpdate[]> {
  return (await pending.list(limit)).map(({ update }) => update);
}
