import { instant, later, type StoredEvent } from '@gamekeeper/core';
import { deepEqual, equal, ok } from 'node:assert/strict';
import { contractCases, type ContractCase, type ContractOptions } from './contract.ts';
import {
  LEASE_MS,
  claim,
  claimAll,
  deliverAll,
  keysOf,
  told,
  write,
  type OutboxLanesHarness,
} from './outbox-lanes-harness.ts';
import { lanesHistories } from './outbox-lanes-histories.ts';

/** The contract of `OutboxLanes`, and of pruning what was delivered. */
export function outboxLanesContract(options: ContractOptions<OutboxLanesHarness>): readonly ContractCase[] {
  return contractCases(options, [
    {
      name: 'gives out what waits, oldest first, with all that it says, and nothing twice',
      check: async (create) => {
        const store = await create();
        await write(store, told('ann', 1), told('ann', 2), told('ann', 3));
        const first = await claim(store, { limit: 2 });
        deepEqual(first?.events, (await store.outbox.list({ limit: 2 })) as StoredEvent[]);
        equal(await claim(store, { owner: 'other' }), null);
        equal(await store.outboxLanes.settle(first, { kind: 'delivered' }), true);
        const second = await claim(store);
        deepEqual(keysOf(second), [told('ann', 3).key]);
        equal(second?.attempt, 1);
        ok(second.fence > first.fence);
        await store.outboxLanes.settle(second, { kind: 'delivered' });
        equal(await claim(store), null);
      },
    },
    {
      name: 'knows how much waits, and since when',
      check: async (create) => {
        const store = await create();
        deepEqual(await store.outboxLanes.lag(), { pending: 0, oldestAgeMs: null });
        const at = (ms: number) => ({ occurredAt: later(store.now(), ms) });
        await write(store, { ...told('ann', 1), ...at(-60_000) }, { ...told('bob', 2), ...at(-50_000) });
        deepEqual(await store.outboxLanes.lag(), { pending: 2, oldestAgeMs: 60_000 });
        const batch = await claim(store);
        await store.passTime(500);
        deepEqual(await store.outboxLanes.lag(), { pending: 2, oldestAgeMs: 60_500 });
        await store.outboxLanes.settle(batch!, { kind: 'delivered' });
        equal((await store.outboxLanes.lag()).pending, 1);
      },
    },
    {
      name: 'gives an abandoned lane to another when its lease ends, and refuses the one who lost it',
      check: async (create) => {
        const store = await create();
        await write(store, told('ann', 1), told('ann', 2));
        const lost = await claim(store, { owner: 'lost' });
        await store.passTime(LEASE_MS - 1);
        equal(await claim(store), null);
        await store.passTime(1);
        const taken = await claim(store);
        deepEqual(keysOf(taken), keysOf(lost));
        equal(taken?.attempt, 2);
        equal(await store.outboxLanes.settle(lost!, { kind: 'delivered' }), false);
        equal(await store.outboxLanes.settle(lost!, { kind: 'failed', retryInMs: 900_000 }), false);
        equal((await store.outboxLanes.lag()).pending, 2);
        equal(await store.outboxLanes.settle(taken, { kind: 'delivered' }), true);
        equal((await store.outboxLanes.lag()).pending, 0);
      },
    },
    {
      name: 'keeps everybody from a lane that failed until its pause is over, and counts its tries',
      check: async (create) => {
        const store = await create();
        await write(store, told('ann', 1));
        for (const attempt of [1, 2, 3]) {
          const failed = await claim(store);
          equal(failed?.attempt, attempt);
          equal(await store.outboxLanes.settle(failed, { kind: 'failed', retryInMs: 2_000 }), true);
          await store.passTime(1_999);
          equal(await claim(store), null);
          await store.passTime(1);
        }
        await store.outboxLanes.settle((await claim(store))!, { kind: 'delivered' });
        await write(store, told('ann', 2));
        equal((await claim(store))?.attempt, 1);
      },
    },
    {
      name: 'tells apart lanes, so that many can be delivered side by side',
      check: async (create) => {
        const store = await create();
        await write(store, ...Array.from({ length: 200 }, (_, player) => told(`player-${player}`, 1)));
        const claims = await claimAll(store);
        ok(claims.length >= 8, `only ${claims.length} lanes for 200 players`);
        equal(new Set(claims.map(({ lane }) => lane)).size, claims.length);
        equal(claims.flatMap(({ events }) => events).length, 200);
      },
    },
    {
      name: 'comes to a lane that has waited longer first',
      check: async (create) => {
        const store = await create();
        await write(store, ...Array.from({ length: 50 }, (_, player) => told(`player-${player}`, 1)));
        const lanes: number[] = [];
        for (let index = 0; index < 3; index += 1) {
          const batch = await claim(store, { limit: 1 });
          lanes.push(batch!.lane);
          await store.outboxLanes.settle(batch!, { kind: 'delivered' });
          await store.passTime(1);
        }
        equal(new Set(lanes).size, 3);
      },
    },
    {
      name: 'does not see the events of a transaction that is undone',
      check: async (create) => {
        const store = await create();
        const undone = store.transactions.run(async (tx) => {
          await store.outbox.append(tx, [told('ann', 1)]);
          throw new Error('undo');
        });
        await undone.catch(() => undefined);
        equal(await claim(store), null);
        await write(store, told('ann', 1));
        deepEqual(keysOf(await claim(store)), [told('ann', 1).key]);
      },
    },
    {
      name: 'prunes what was delivered before an instant, and nothing that waits',
      check: async (create) => {
        const store = await create();
        const { transactions, outbox } = store;
        const prune = (before: number, limit = 10): Promise<number> =>
          transactions.run((tx) => outbox.prune(tx, { before: instant(before), limit }));
        const start = store.now();
        await write(store, told('ann', 1), told('ann', 2), told('ann', 3));
        equal(await prune(start + 1), 0);
        await deliverAll(store);
        await write(store, told('ann', 4));
        equal(await prune(start), 0);
        equal(await prune(start + 1, 2), 2);
        equal(await prune(start + 1, 2), 1);
        deepEqual(
          (await outbox.list({ limit: 10 })).map(({ key }) => key),
          [told('ann', 4).key],
        );
      },
    },
    ...lanesHistories,
  ]);
}
