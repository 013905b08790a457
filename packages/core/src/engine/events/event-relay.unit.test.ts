import { firstDeliveries } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Delivery, nothingWaits } from '../../../test/delivery.ts';
import { sleep } from '../time/clock.ts';
import { MINUTE_MS, SECOND_MS } from '../time/instant.ts';
import { StoreUnavailableError } from '../transactions/transactions.ts';
import type { EventBus } from './event-bus.ts';
import type { EventRelay } from './event-relay.ts';
import type { OutboxPartitions } from './outbox-partitions.ts';
import { subjectOf } from './subject.ts';

describe('a relay', () => {
  it('delivers what is in the outbox, and what comes later at its next look', async () => {
    const delivery = new Delivery();
    await delivery.write('ann', 'ann', 'ann', 'ann');
    const relay = delivery.relay();
    relay.start();
    await delivery.clock.advanceBy(100);
    expect(delivery.keys).toEqual(['Told:1', 'Told:2', 'Told:3', 'Told:4']);
    await delivery.write('bob');
    await delivery.clock.advanceBy(500);
    expect(delivery.keys.at(-1)).toBe('Told:5');
    expect(delivery.delivered[0]).not.toHaveProperty('id');
    expect(await relay.stop(0)).toBe(true);
    expect(await delivery.store.outboxPartitions.lag()).toEqual(nothingWaits);
  });

  it('tries again after growing pauses while the bus is away, and says so once', async () => {
    const delivery = new Delivery();
    await delivery.write('ann', 'ann');
    const tries: number[] = [];
    let away = true;
    const bus: EventBus = {
      publish: async (events) => {
        tries.push(delivery.clock.now());
        if (away) throw new StoreUnavailableError('Redis', 'gone');
        delivery.delivered.push(...events);
      },
    };
    const relay = delivery.relay({ bus });
    relay.start();
    await delivery.clock.advanceBy(10 * MINUTE_MS);
    const pauses = tries.slice(1).map((at, index) => (at - tries[index]!) / SECOND_MS);
    expect(pauses.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 30]);
    expect(await delivery.store.outboxPartitions.lag()).toEqual({
      pending: 2,
      oldestAgeMs: 10 * MINUTE_MS,
      oldestWaitMs: 10 * MINUTE_MS,
    });
    away = false;
    await delivery.clock.advanceBy(MINUTE_MS);
    expect(delivery.keys).toEqual(['Told:1', 'Told:2']);
    expect(delivery.lines).toEqual([
      'info delivery of events started',
      'error events cannot be delivered, trying again',
      'info events are delivered again',
    ]);
    await relay.stop(0);
  });

  it('says once that the bus is away and once that it is back, also when another has the next tries', async () => {
    const delivery = new Delivery();
    await delivery.write('ann');
    let away = true;
    const bus: EventBus = {
      publish: async (events) => {
        if (away) throw new StoreUnavailableError('Redis', 'gone');
        delivery.delivered.push(...events);
      },
    };
    // Who polls more often has nearly all of the tries; each has some.
    const relays = [300, 700, 1_100].map((pollIntervalMs) =>
      delivery.relay({ bus, pollIntervalMs, instanceId: `every ${pollIntervalMs}` }),
    );
    for (const relay of relays) relay.start();
    await delivery.clock.advanceBy(60 * MINUTE_MS);
    const count = (line: string): number => delivery.lines.filter((said) => said === line).length;
    const failed = count('error events cannot be delivered, trying again');
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThanOrEqual(3);
    expect(count('info events are delivered again')).toBe(0);
    away = false;
    await delivery.clock.advanceBy(2 * MINUTE_MS);
    expect(delivery.keys).toEqual(['Told:1']);
    expect(count('error events cannot be delivered, trying again')).toBe(failed);
    expect(count('info events are delivered again')).toBe(failed);
    for (const relay of relays) await relay.stop(0);
  });

  it('delivers the other partitions while the bus refuses events of one', async () => {
    const delivery = new Delivery();
    const crowd = Array.from({ length: 40 }, (_, player) => `player-${player}`);
    await delivery.write('poison', ...crowd);
    const bus: EventBus = {
      publish: async (events) => {
        if (events.some((event) => subjectOf(event) === 'poison')) throw new Error('too large');
        delivery.delivered.push(...events);
      },
    };
    const relay = delivery.relay({ bus, batchSize: 1 });
    relay.start();
    await delivery.clock.advanceBy(10 * SECOND_MS);
    const { pending } = await delivery.store.outboxPartitions.lag();
    expect(delivery.keys).toHaveLength(41 - pending);
    expect(pending).toBeLessThan(10);
    await relay.stop(0);
  });

  it('aborts a call in which no event is delivered, and hands the same events over again when it has ended', async () => {
    const delivery = new Delivery();
    await delivery.write('ann');
    const reasons: unknown[] = [];
    const bus: EventBus = {
      publish: (events, { signal } = {}) => {
        if (reasons.length > 0) {
          delivery.delivered.push(...events);
          return Promise.resolve();
        }
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            reasons.push(signal.reason);
            reject(signal.reason);
          });
        });
      },
    };
    const relay = delivery.relay({ bus });
    relay.start();
    await delivery.clock.advanceBy(15 * SECOND_MS - 1);
    expect(reasons).toEqual([]);
    await delivery.clock.advanceBy(1);
    expect(reasons).toEqual([expect.objectContaining({ code: 'DELIVERY_STALLED' })]);
    await delivery.clock.advanceBy(2 * SECOND_MS);
    expect(delivery.keys).toEqual(['Told:1']);
    await relay.stop(0);
  });

  it('believes a bus that reports nothing at its end, however long it took', async () => {
    const delivery = new Delivery();
    await delivery.write('ann', 'ann', 'ann');
    let calls = 0;
    const bus: EventBus = {
      publish: async () => {
        calls += 1;
        await sleep(delivery.clock, MINUTE_MS);
      },
    };
    const relay = delivery.relay({ bus });
    relay.start();
    await delivery.clock.advanceBy(5 * MINUTE_MS);
    expect(calls).toBe(1);
    expect(await delivery.store.outboxPartitions.lag()).toEqual(nothingWaits);
    expect(await relay.stop(0)).toBe(true);
  });

  it('counts whole events only of reports that make no sense', async () => {
    const delivery = new Delivery();
    await delivery.write('ann', 'ann', 'ann');
    const offered: number[] = [];
    const bus: EventBus = {
      publish: async (events, { onDelivered } = {}) => {
        offered.push(events.length);
        for (const count of [NaN, -1, 0, 1.5, 0.2]) onDelivered?.(count);
        throw new Error('refused');
      },
    };
    const relay = delivery.relay({ bus });
    relay.start();
    await delivery.clock.advanceBy(2 * SECOND_MS);
    expect(offered.slice(0, 2)).toEqual([3, 2]);
    await relay.stop(0);
  });

  it('waits for a store that is away, and says so once', async () => {
    const delivery = new Delivery();
    await delivery.write('ann');
    let away = true;
    const { outboxPartitions } = delivery.store;
    const partitions: OutboxPartitions = {
      claim: (request) =>
        away
          ? Promise.reject(new StoreUnavailableError('PostgreSQL', 'gone'))
          : outboxPartitions.claim(request),
      renew: (claim, progress) => outboxPartitions.renew(claim, progress),
      complete: (claim, outcome) => outboxPartitions.complete(claim, outcome),
      lag: () => outboxPartitions.lag(),
    };
    const relay = delivery.relay({ partitions });
    relay.start();
    await delivery.clock.advanceBy(5 * MINUTE_MS);
    away = false;
    await delivery.clock.advanceBy(MINUTE_MS);
    expect(delivery.keys).toEqual(['Told:1']);
    expect(delivery.lines.slice(1)).toEqual([
      'error the outbox cannot be read, trying again',
      'info the outbox can be read again',
    ]);
    await relay.stop(0);
  });

  it('lets the batch at work end when it stops, but waits no longer than it may', async () => {
    const delivery = new Delivery();
    await delivery.write('ann', 'ann', 'ann', 'ann');
    const taken = Promise.withResolvers<void>();
    const bus: EventBus = {
      publish: async (events) => {
        await taken.promise;
        delivery.delivered.push(...events);
      },
    };
    const relay = delivery.relay({ bus });
    relay.start();
    await delivery.clock.advanceBy(1);
    const late = relay.stop(1_000);
    await delivery.clock.advanceBy(1_000);
    expect(await late).toBe(false);
    const inTime = relay.stop(1_000);
    taken.resolve();
    await delivery.clock.advanceBy(0);
    expect(await inTime).toBe(true);
    expect(delivery.keys).toEqual(['Told:1', 'Told:2', 'Told:3']);
    expect((await delivery.store.outboxPartitions.lag()).pending).toBe(1);
  });
});

describe('law 3: relays under faults', () => {
  const faults = [
    'none',
    'none',
    'refused',
    'half taken',
    'taken, then an error',
    'taken very late',
    'crash',
    'freeze',
  ] as const;
  type Fault = (typeof faults)[number];

  it('lose nothing and tell every player in order, whatever fails', async () => {
    const histories = fc.record({
      players: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 40 }),
      faults: fc.array(fc.constantFrom(...faults), { maxLength: 30 }),
      relays: fc.integer({ min: 1, max: 3 }),
    });
    const property = fc.asyncProperty(histories, async (history) => {
      const delivery = new Delivery();
      const next = [...history.faults];
      const relays = Array.from({ length: history.relays }, (_, index) =>
        hired(delivery, `relay-${index}`, next),
      );
      for (const player of history.players) {
        await delivery.write(`player-${player}`);
        await delivery.clock.advanceBy(700);
      }
      // Every fault costs a partition half a minute at most.
      await delivery.clock.advanceBy((next.length + 10) * MINUTE_MS);
      expect((await delivery.store.outboxPartitions.lag()).pending).toBe(0);
      expect(firstDeliveries(delivery.delivered)).toEqual(
        firstDeliveries(await delivery.store.outbox.list({ limit: 1_000 })),
      );
      for (const { relay } of relays) void relay.stop(0);
    });
    await fc.assert(property, { numRuns: 150 });
  }, 120_000);

  /** A relay that meets the next faults, and is followed by another when it dies. */
  function hired(delivery: Delivery, instanceId: string, next: Fault[]): { relay: EventRelay } {
    const { outboxPartitions } = delivery.store;
    let fate: Fault = 'none';
    let dead = false;
    /** What a process that has died asks is never answered. */
    const living = <Answer>(ask: () => Promise<Answer>): Promise<Answer> =>
      dead ? new Promise(() => undefined) : ask();
    const host: { relay: EventRelay } = {
      relay: delivery.relay({
        instanceId,
        bus: {
          publish: async (events) => {
            fate = next.shift() ?? 'none';
            if (fate === 'refused') throw new Error('refused');
            if (fate === 'taken very late') await sleep(delivery.clock, 20 * SECOND_MS);
            delivery.delivered.push(...(fate === 'half taken' ? events.slice(0, events.length / 2) : events));
            if (fate === 'half taken' || fate === 'taken, then an error') throw new Error('connection lost');
          },
        },
        partitions: {
          claim: (request) => living(() => outboxPartitions.claim(request)),
          renew: (claim, progress) => living(() => outboxPartitions.renew(claim, progress)),
          lag: () => living(() => outboxPartitions.lag()),
          complete: (claim, outcome) =>
            living(async () => {
              if (fate === 'crash') {
                dead = true;
                host.relay = hired(delivery, `${instanceId}+`, next).relay;
                return living(() => Promise.resolve(true));
              }
              if (fate === 'freeze') await sleep(delivery.clock, 45 * SECOND_MS);
              return outboxPartitions.complete(claim, outcome);
            }),
        },
      }),
    };
    host.relay.start();
    return host;
  }
});
