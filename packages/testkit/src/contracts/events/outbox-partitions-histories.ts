import { type DomainEvent } from '@gamekeeper/core';
import { type PartitionClaim } from '@gamekeeper/core/ports';
import fc from 'fast-check';
import { deepEqual, equal } from '../assertions.ts';
import type { Sentence } from '../contract.ts';
import {
  LEASE_MS,
  claim,
  deliverAll,
  told,
  whole,
  write,
  type OutboxPartitionsHarness,
} from './outbox-partitions-harness.ts';
import { firstDeliveries } from './first-deliveries.ts';

/** What must hold of the partitions in whole histories. */
export const partitionHistories: readonly Sentence<OutboxPartitionsHarness>[] = [
  {
    name: 'law 3: whatever happens to claims, nothing is lost and every subject is delivered in order',
    check: async (create, settings) => {
      const step = fc.record({
        what: fc.constantFrom('write', 'deliver', 'fail', 'renew', 'abandon', 'settle late', 'wait'),
        player: fc.integer({ min: 0, max: 5 }),
        limit: fc.integer({ min: 1, max: 4 }),
      });
      const history = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const store = await create();
        const delivered: DomainEvent[] = [];
        const abandoned: PartitionClaim[] = [];
        let written = 0;
        for (const { what, player, limit } of steps) {
          if (what === 'write') await write(store, told(`player-${player}`, (written += 1)));
          else if (what === 'wait') await store.passTime(LEASE_MS);
          else if (what === 'settle late') {
            const late = abandoned.pop();
            if (late) await store.outboxPartitions.complete(late, whole(late));
          } else {
            const batch = await claim(store, { limit });
            if (!batch) continue;
            // Abandoned batches were delivered too: the process died before it could record that. Of a failed batch, a
            // part was delivered.
            const part = what === 'fail' ? player % (batch.events.length + 1) : batch.events.length;
            delivered.push(...batch.events.slice(0, part));
            if (what === 'abandon') abandoned.push(batch);
            else if (what === 'deliver') await store.outboxPartitions.complete(batch, whole(batch));
            else if (what === 'renew') {
              await store.outboxPartitions.renew(batch, { leaseMs: LEASE_MS, delivered: 1 });
              abandoned.push(batch);
            } else {
              await store.outboxPartitions.complete(batch, {
                kind: 'failed',
                delivered: part,
                retryInMs: 1_000,
              });
            }
          }
        }
        await store.passTime(LEASE_MS);
        delivered.push(...(await deliverAll(store)));
        deepEqual(firstDeliveries(delivered), firstDeliveries(await store.outbox.list({ limit: 1_000 })));
      });
      await fc.assert(history, settings);
    },
  },
  {
    name: 'law 3: concurrent relays deliver every event once and every subject in order while no lease expires',
    needs: 'concurrent',
    check: async (create) => {
      const store = await create();
      const delivered: DomainEvent[] = [];
      let writing = true;
      const relay = async (instanceId: string): Promise<void> => {
        for (;;) {
          const last = !writing;
          const batch = await claim(store, { instanceId, limit: 7 });
          if (batch) {
            delivered.push(...batch.events);
            await store.outboxPartitions.complete(batch, whole(batch));
          } else if (last && (await store.outboxPartitions.lag()).pending === 0) return;
        }
      };
      const relays = Promise.all(['one', 'two', 'three'].map(relay));
      for (let index = 0; index < 30; index += 1) {
        await write(
          store,
          ...Array.from({ length: 10 }, (_, player) => told(`player-${player}`, index * 10 + player)),
        );
      }
      writing = false;
      await relays;
      equal(new Set(delivered.map(({ key }) => key)).size, 300);
      equal(delivered.length, 300);
      deepEqual(firstDeliveries(delivered), firstDeliveries(await store.outbox.list({ limit: 1_000 })));
    },
  },
];
