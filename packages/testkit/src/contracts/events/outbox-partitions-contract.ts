import { instant, addMs } from '@gamekeeper/core';
import { type PartitionClaim, type OutboxPartitions, type StoredEvent } from '@gamekeeper/core/ports';
import { deepEqual, equal, ok } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import {
  LEASE_MS,
  claim,
  claimAll,
  deliverAll,
  keysOf,
  told,
  whole,
  write,
  type OutboxPartitionsHarness,
} from './outbox-partitions-harness.ts';
import { partitionHistories } from './outbox-partitions-histories.ts';

/** Returns the contract of `OutboxPartitions`, and of pruning delivered events. */
export function outboxPartitionsContract(
  options: ContractOptions<OutboxPartitionsHarness>,
): readonly ContractCase[] {
  return contractCases(options, [
    {
      name: 'gives out waiting events, oldest first, with all of their content, and none twice',
      check: async (create) => {
        const store = await create();
        await write(store, told('ann', 1), told('ann', 2), told('ann', 3));
        const first = await claim(store, { limit: 2 });
        deepEqual(first?.events, (await store.outbox.list({ limit: 2 })) as StoredEvent[]);
        equal(await claim(store, { instanceId: 'other' }), null);
        equal(await store.outboxPartitions.complete(first, whole(first)), true);
        const second = await claim(store);
        deepEqual(keysOf(second), [told('ann', 3).key]);
        equal(second?.attempt, 1);
        ok(second.fence > first.fence);
        await store.outboxPartitions.complete(second, whole(second));
        equal(await claim(store), null);
      },
    },
    {
      name: 'lists the newest events first, in pages, with the time of their delivery',
      check: async (create) => {
        const store = await create();
        await write(store, told('ann', 1), told('bob', 2), told('ann', 3));
        await deliverAll(store);
        const deliveredAt = store.now();
        await store.passTime(1_000);
        await write(store, told('dot', 4), told('ann', 5));
        const all = (await store.outbox.list({ limit: 10 })).toReversed();
        const first = await store.outbox.newest({ limit: 3 });
        const rest = await store.outbox.newest({ limit: 3, before: first.at(-1)!.id });
        deepEqual(
          [...first, ...rest],
          all.map((event, index) => ({ ...event, deliveredAt: index < 2 ? null : deliveredAt })),
        );
        deepEqual(await store.outbox.newest({ limit: 3, before: rest.at(-1)!.id }), []);
      },
    },
    {
      name: 'returns how many events wait, for how long, and how long ago the oldest of them happened',
      check: async (create) => {
        const store = await create();
        const lag = () => store.outboxPartitions.lag();
        const nothing = { pending: 0, oldestAgeMs: null, oldestWaitMs: null };
        deepEqual(await lag(), nothing);
        const at = (ms: number) => ({ occurredAt: addMs(store.now(), ms) });
        await write(store, { ...told('ann', 1), ...at(-60_000) }, { ...told('bob', 2), ...at(-50_000) });
        deepEqual(await lag(), { pending: 2, oldestAgeMs: 60_000, oldestWaitMs: 0 });
        await store.passTime(500);
        await write(store, { ...told('dot', 3), ...at(-90_000) });
        deepEqual(await lag(), { pending: 3, oldestAgeMs: 90_000, oldestWaitMs: 500 });
        await store.passTime(500);
        await deliverAll(store);
        deepEqual(await lag(), nothing);
      },
    },
    {
      name: 'never returns a negative wait',
      check: async (create) => {
        const store = await create();
        await write(store, { ...told('ann', 1), occurredAt: addMs(store.now(), 3_600_000) });
        deepEqual(await store.outboxPartitions.lag(), { pending: 1, oldestAgeMs: 0, oldestWaitMs: 0 });
      },
    },
    {
      name: 'gives an abandoned partition to another instance when its lease expires; the first can no longer renew or release it',
      check: async (create) => {
        const store = await create();
        await write(store, told('ann', 1), told('ann', 2));
        const lost = await claim(store, { instanceId: 'lost' });
        await store.passTime(LEASE_MS - 1);
        equal(await claim(store), null);
        await store.passTime(1);
        const taken = await claim(store);
        deepEqual(keysOf(taken), keysOf(lost));
        equal(taken?.attempt, 2);
        const { complete, renew } = bound(store);
        equal(await complete(lost!, { kind: 'released', delivered: 0 }), false);
        equal(await complete(lost!, { kind: 'failed', delivered: 0, retryInMs: 900_000 }), false);
        equal(await renew(lost!, { leaseMs: 900_000, delivered: 0 }), false);
        equal((await store.outboxPartitions.lag()).pending, 2);
        equal(await claim(store, { instanceId: 'third' }), null);
        await store.passTime(LEASE_MS);
        const third = await claim(store, { instanceId: 'third' });
        deepEqual(keysOf(third), keysOf(lost));
        equal(await complete(taken, whole(taken)), false);
        equal(await complete(third!, whole(third!)), true);
      },
    },
    {
      name: 'marks events as delivered also for an instance that lost the partition',
      check: async (create) => {
        const store = await create();
        await write(store, told('ann', 1), told('ann', 2), told('ann', 3));
        const lost = await claim(store, { instanceId: 'lost' });
        await store.passTime(LEASE_MS);
        const taken = await claim(store, { limit: 1 });
        const { complete, renew } = bound(store);
        equal(await renew(lost!, { leaseMs: LEASE_MS, delivered: 1 }), false);
        equal((await store.outboxPartitions.lag()).pending, 2);
        equal(await complete(lost!, { kind: 'failed', delivered: 2, retryInMs: 900_000 }), false);
        equal((await store.outboxPartitions.lag()).pending, 1);
        equal(await complete(taken!, whole(taken!)), true);
        deepEqual(keysOf(await claim(store)), [told('ann', 3).key]);
      },
    },
    {
      name: 'keeps a partition whose lease is renewed, also if it had expired and was not claimed',
      check: async (create) => {
        const store = await create();
        const { complete, renew } = bound(store);
        await write(store, told('ann', 1), told('ann', 2));
        const held = (await claim(store))!;
        for (let round = 0; round < 3; round += 1) {
          await store.passTime(LEASE_MS - 1);
          equal(await renew(held, { leaseMs: LEASE_MS, delivered: 0 }), true);
          equal(await claim(store, { instanceId: 'other' }), null);
        }
        await store.passTime(LEASE_MS);
        equal(await renew(held, { leaseMs: LEASE_MS, delivered: 0 }), true);
        equal(await claim(store, { instanceId: 'other' }), null);
        await store.passTime(LEASE_MS);
        const taken = (await claim(store, { instanceId: 'other' }))!;
        equal(taken.attempt, 2);
        equal(await renew(held, { leaseMs: LEASE_MS, delivered: 0 }), false);
        equal(await complete(taken, whole(taken)), true);
      },
    },
    {
      name: 'does not renew a released lease, so that a late renewal blocks no other instance',
      check: async (create) => {
        const store = await create();
        const { complete, renew } = bound(store);
        await write(store, told('ann', 1), told('ann', 2));
        const failed = (await claim(store))!;
        await complete(failed, { kind: 'failed', delivered: 0, retryInMs: 1_000 });
        equal(await renew(failed, { leaseMs: 900_000, delivered: 0 }), false);
        await store.passTime(1_000);
        const released = (await claim(store, { limit: 1 }))!;
        await complete(released, whole(released));
        equal(await renew(released, { leaseMs: 900_000, delivered: 1 }), false);
        deepEqual(keysOf(await claim(store)), [told('ann', 2).key]);
      },
    },
    {
      name: 'marks the delivered part of a batch, whatever happens to the rest, and counts attempts from there',
      check: async (create) => {
        const store = await create();
        const { complete, renew } = bound(store);
        const events = Array.from({ length: 8 }, (_, index) => told('ann', index + 1));
        const from = (index: number) => events.slice(index).map(({ key }) => key);
        await write(store, ...events);
        const tries: (number | undefined)[] = [];
        const next = async (waiting: number) => {
          const batch = await claim(store);
          deepEqual(keysOf(batch), from(waiting));
          tries.push(batch?.attempt);
          return batch!;
        };
        const fail = async (batch: PartitionClaim, delivered: number) => {
          equal(await complete(batch, { kind: 'failed', delivered, retryInMs: 1_000 }), true);
          await store.passTime(1_000);
        };
        await fail(await next(0), 0);
        await fail(await next(0), 2);
        await fail(await next(2), 0);
        const fourth = await next(2);
        equal(await complete(fourth, { kind: 'released', delivered: 1 }), true);
        const fifth = await next(3);
        equal(await renew(fifth, { leaseMs: LEASE_MS, delivered: 2 }), true);
        equal((await store.outboxPartitions.lag()).pending, 3);
        // The process that holds the claim dies.
        await store.passTime(LEASE_MS);
        // An aborted delivery that ended late reports two outcomes: the last one counts.
        const sixth = await next(5);
        await complete(sixth, { kind: 'failed', delivered: 0, retryInMs: LEASE_MS });
        equal(await complete(sixth, { kind: 'failed', delivered: 1, retryInMs: 1_000 }), true);
        await store.passTime(1_000);
        const last = await next(6);
        equal(await complete(last, whole(last)), true);
        equal((await store.outboxPartitions.lag()).pending, 0);
        deepEqual(tries, [1, 2, 1, 2, 1, 1, 1]);
      },
    },
    {
      name: 'skips the partitions in except',
      check: async (create) => {
        const store = await create();
        await write(store, ...Array.from({ length: 50 }, (_, player) => told(`player-${player}`, 1)));
        const lanes: number[] = [];
        for (;;) {
          const batch = await claim(store, { except: lanes });
          if (!batch) break;
          ok(!lanes.includes(batch.partition));
          lanes.push(batch.partition);
          await store.outboxPartitions.complete(batch, { kind: 'released', delivered: 0 });
        }
        ok(lanes.length >= 8, `only ${lanes.length} partitions for 50 players`);
        equal((await claimAll(store)).length, lanes.length);
      },
    },
    {
      name: 'blocks a failed partition until its delay is over, and counts its attempts',
      check: async (create) => {
        const store = await create();
        await write(store, told('ann', 1));
        for (const attempt of [1, 2, 3]) {
          const failed = await claim(store);
          equal(failed?.attempt, attempt);
          equal(
            await store.outboxPartitions.complete(failed, { kind: 'failed', delivered: 0, retryInMs: 2_000 }),
            true,
          );
          await store.passTime(1_999);
          equal(await claim(store), null);
          await store.passTime(1);
        }
        const third = await claim(store);
        await store.outboxPartitions.complete(third!, whole(third!));
        await write(store, told('ann', 2));
        equal((await claim(store))?.attempt, 1);
      },
    },
    {
      name: 'distributes subjects over partitions, so that many can be delivered concurrently',
      check: async (create) => {
        const store = await create();
        await write(store, ...Array.from({ length: 200 }, (_, player) => told(`player-${player}`, 1)));
        const claims = await claimAll(store);
        ok(claims.length >= 8, `only ${claims.length} partitions for 200 players`);
        equal(new Set(claims.map(({ partition }) => partition)).size, claims.length);
        equal(claims.flatMap(({ events }) => events).length, 200);
      },
    },
    {
      name: 'claims the partition that has waited longest first',
      check: async (create) => {
        const store = await create();
        await write(store, ...Array.from({ length: 50 }, (_, player) => told(`player-${player}`, 1)));
        const lanes: number[] = [];
        for (let index = 0; index < 3; index += 1) {
          const batch = await claim(store, { limit: 1 });
          lanes.push(batch!.partition);
          await store.outboxPartitions.complete(batch!, whole(batch!));
          await store.passTime(1);
        }
        equal(new Set(lanes).size, 3);
      },
    },
    {
      name: 'does not give out the events of a transaction that is rolled back',
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
      name: 'prunes events delivered before an instant, and no waiting ones',
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
    ...partitionHistories,
  ]);
}

/** The methods that take a claim, as functions. */
function bound({ outboxPartitions }: OutboxPartitionsHarness): Pick<OutboxPartitions, 'complete' | 'renew'> {
  return {
    complete: (claim, outcome) => outboxPartitions.complete(claim, outcome),
    renew: (claim, progress) => outboxPartitions.renew(claim, progress),
  };
}
