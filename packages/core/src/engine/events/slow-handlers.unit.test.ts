import { firstDeliveries } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Delivery, nothingWaits } from '../../../test/delivery.ts';
import type { AbortSignalLike } from '../time/abort.ts';
import { sleep } from '../time/clock.ts';
import { MINUTE_MS, SECOND_MS } from '../time/instant.ts';
import { StoreUnavailableError } from '../transactions/transactions.ts';
import type { DomainEvent } from './domain-event.ts';
import type { EventHandler } from './event-handler.ts';
import type { RelayPorts } from './event-relay.ts';
import { InProcessEventBus, type DeadLetterOptions } from './in-process-event-bus.ts';
import { subjectOf } from './subject.ts';

const relayOptions = { batchSize: 500 };

/** A process with a handler: what it was called with, what it ended, and whether it was ever called twice at once. */
class Process {
  readonly calls: string[] = [];
  readonly handled: DomainEvent[] = [];
  readonly aborted: unknown[] = [];
  readonly atWork = new Set<string>();
  readonly overlaps: string[] = [];
  readonly bus: InProcessEventBus;

  constructor(handler: EventHandler, deadLetter?: DeadLetterOptions) {
    this.bus = new InProcessEventBus(deadLetter ? { deadLetter } : {});
    this.bus.subscribe(async (event, context) => {
      this.calls.push(event.key);
      // No two events of one player either.
      if (this.atWork.has(subjectOf(event))) this.overlaps.push(event.key);
      this.atWork.add(subjectOf(event));
      const { signal } = context;
      const abort = (): void => void this.aborted.push(signal.reason);
      signal.addEventListener('abort', abort);
      try {
        await handler(event, context);
        this.handled.push(event);
      } finally {
        signal.removeEventListener('abort', abort);
        this.atWork.delete(subjectOf(event));
      }
    });
  }
}

async function slowDelivery(events: number, handlerMs: number, players = 1) {
  const delivery = new Delivery();
  await delivery.write(...Array.from({ length: events }, (_, index) => `player-${index % players}`));
  const process = new Process(() => sleep(delivery.clock, handlerMs));
  const relay = delivery.relay({ ...relayOptions, bus: process.bus });
  relay.start();
  return { delivery, process, relay };
}

describe('a relay whose handlers are slow', () => {
  it.each([
    [400, 50, 1],
    [400, 1_000, 1],
    [400, 50, 40],
    [400, 1_000, 40],
    [1_000, 50, 3],
    [5, 20_000, 1],
  ])('delivers %d events of %d ms each, of %d players, once each', async (events, handlerMs, players) => {
    const { delivery, process, relay } = await slowDelivery(events, handlerMs, players);
    // One after the other at worst, and the pauses between batches.
    await delivery.clock.advanceBy(events * (handlerMs + 1_000) + MINUTE_MS);
    expect(process.calls).toHaveLength(events);
    expect(new Set(process.calls).size).toBe(events);
    expect(process.overlaps).toEqual([]);
    expect(await delivery.store.outboxPartitions.lag()).toEqual(nothingWaits);
    expect(await relay.stop(0)).toBe(true);
  });

  it('does not abort handlers that take less than the time that they may', async () => {
    const delivery = new Delivery();
    await delivery.write('ann', 'ann', 'ann');
    const hosts = ['one', 'two'].map((instanceId) => {
      const process = new Process(() => sleep(delivery.clock, MINUTE_MS - 1));
      delivery.relay({ ...relayOptions, instanceId, bus: process.bus, eventTimeoutMs: MINUTE_MS }).start();
      return process;
    });
    await delivery.clock.advanceBy(5 * MINUTE_MS);
    expect(hosts.flatMap(({ aborted }) => aborted)).toEqual([]);
    expect(hosts.flatMap(({ calls }) => calls)).toEqual(['Told:1', 'Told:2', 'Told:3']);
    expect(await delivery.store.outboxPartitions.lag()).toEqual(nothingWaits);
  });

  it('marks what was delivered as it goes, so that a process that is killed repeats little', async () => {
    const { delivery, process } = await slowDelivery(400, 1_000);
    await delivery.clock.advanceBy(100 * SECOND_MS);
    const { pending } = await delivery.store.outboxPartitions.lag();
    expect(process.handled.length).toBeGreaterThanOrEqual(99);
    expect(400 - pending).toBeGreaterThanOrEqual(process.handled.length - 11);
  });

  it('delivers an event whose handler takes a minute, also when several instances take turns', async () => {
    const delivery = new Delivery();
    await delivery.write('ann', 'ann', 'ann');
    const hosts = ['one', 'two', 'three'].map((instanceId) => {
      const process = new Process(() => sleep(delivery.clock, MINUTE_MS));
      const relay = delivery.relay({ ...relayOptions, instanceId, bus: process.bus });
      relay.start();
      return { process, relay };
    });
    await delivery.clock.advanceBy(20 * MINUTE_MS);
    expect(await delivery.store.outboxPartitions.lag()).toEqual(nothingWaits);
    for (const { process } of hosts) expect(process.overlaps).toEqual([]);
    for (const { relay } of hosts) expect(await relay.stop(0)).toBe(true);
  });

  it('delivers the other partitions when a handler never ends, whose partition is not delivered again here', async () => {
    const delivery = new Delivery();
    const players = Array.from({ length: 40 }, (_, index) => `player-${index}`);
    await delivery.write('hung', ...players, 'hung');
    const process = new Process(({ payload }) =>
      payload['userId'] === 'hung' ? new Promise(() => undefined) : undefined,
    );
    const relay = delivery.relay({ ...relayOptions, bus: process.bus });
    relay.start();
    await delivery.clock.advanceBy(SECOND_MS);
    const first = (await delivery.store.outboxPartitions.lag()).pending;
    await delivery.clock.advanceBy(60 * MINUTE_MS);
    // What shares the partition waits with it; everything else is delivered, and new events are, too.
    const { pending } = await delivery.store.outboxPartitions.lag();
    expect(pending).toBe(first);
    expect(pending).toBeLessThan(10);
    await delivery.write(...players);
    await delivery.clock.advanceBy(SECOND_MS);
    expect((await delivery.store.outboxPartitions.lag()).pending).toBeLessThan(2 * pending);
    expect(process.calls.filter((key) => key === 'Told:1')).toHaveLength(1);
    expect(process.aborted).toEqual([expect.objectContaining({ code: 'DELIVERY_STALLED' })]);
    expect(delivery.lines.filter((line) => line.startsWith('error'))).toHaveLength(1);
  });

  it('goes on with a partition when the handler that hung has ended at last', async () => {
    const delivery = new Delivery();
    await delivery.write('ann', 'ann');
    const release = Promise.withResolvers<void>();
    const process = new Process(({ key }) => (key === 'Told:1' ? release.promise : undefined));
    const relay = delivery.relay({ ...relayOptions, bus: process.bus });
    relay.start();
    await delivery.clock.advanceBy(30 * MINUTE_MS);
    expect(process.calls).toEqual(['Told:1']);
    release.resolve();
    await delivery.clock.advanceBy(2 * SECOND_MS);
    expect(process.calls).toEqual(['Told:1', 'Told:2']);
    expect(await delivery.store.outboxPartitions.lag()).toEqual(nothingWaits);
    expect(delivery.lines.slice(1)).toEqual([
      'error events cannot be delivered, trying again',
      'info events are delivered again',
    ]);
    await relay.stop(0);
  });

  it('aborts what another instance has claimed, and leaves the partition to it', async () => {
    const delivery = new Delivery();
    await delivery.write('ann', 'ann', 'ann');
    const { outboxPartitions: partitions } = delivery.store;
    // Its renewals take longer than the lease: the process stood still.
    const frozen: RelayPorts['partitions'] = {
      claim: (request) => partitions.claim(request),
      complete: (claim, outcome) => partitions.complete(claim, outcome),
      lag: () => partitions.lag(),
      renew: async (claim, progress) => {
        await sleep(delivery.clock, 25 * SECOND_MS);
        return partitions.renew(claim, progress);
      },
    };
    const slow: EventHandler = (_event, { signal }) => sleep(delivery.clock, 14 * SECOND_MS, signal);
    const [first, second] = [new Process(slow), new Process(slow)];
    delivery.relay({ ...relayOptions, instanceId: 'first', bus: first.bus, partitions: frozen }).start();
    await delivery.clock.advanceBy(SECOND_MS);
    delivery.relay({ ...relayOptions, instanceId: 'second', bus: second.bus }).start();
    await delivery.clock.advanceBy(35 * SECOND_MS);
    expect(first.aborted).toEqual([expect.objectContaining({ code: 'DELIVERY_LOST' })]);
    await delivery.clock.advanceBy(2 * MINUTE_MS);
    expect(await partitions.lag()).toEqual(nothingWaits);
    expect(first.calls).toEqual(['Told:1', 'Told:2', 'Told:3']);
  });

  it('does not deliver again what the store could not mark for a while', async () => {
    const delivery = new Delivery();
    await delivery.write('ann', 'ann');
    const { outboxPartitions: partitions } = delivery.store;
    let away = true;
    const process = new Process(() => undefined);
    const relay = delivery.relay({
      ...relayOptions,
      bus: process.bus,
      partitions: {
        claim: (request) => partitions.claim(request),
        renew: (claim, progress) => partitions.renew(claim, progress),
        lag: () => partitions.lag(),
        complete: (claim, outcome) =>
          away
            ? Promise.reject(new StoreUnavailableError('PostgreSQL', 'gone'))
            : partitions.complete(claim, outcome),
      },
    });
    relay.start();
    await delivery.clock.advanceBy(10 * MINUTE_MS);
    expect(process.calls).toEqual(['Told:1', 'Told:2']);
    away = false;
    await delivery.clock.advanceBy(MINUTE_MS);
    expect(process.calls).toEqual(['Told:1', 'Told:2']);
    expect(await partitions.lag()).toEqual(nothingWaits);
    expect(await relay.stop(0)).toBe(true);
  });
});

describe('a relay that stops while handlers are slow', () => {
  it.each([
    ['heed the signal', true],
    ['do not', false],
  ])('marks what they have handled when they %s, and says whether all ended', async (_, heed) => {
    const delivery = new Delivery();
    await delivery.write(...Array.from({ length: 20 }, () => 'ann'));
    const process = new Process(async (_event, { signal }) => {
      await sleep(delivery.clock, 4 * SECOND_MS, heed ? signal : undefined);
      if (heed) signal.throwIfAborted();
    });
    const relay = delivery.relay({ ...relayOptions, bus: process.bus });
    relay.start();
    await delivery.clock.advanceBy(9 * SECOND_MS);
    const stopped = relay.stop(10 * SECOND_MS);
    await delivery.clock.advanceBy(8 * SECOND_MS - 1);
    expect(process.aborted).toEqual([]);
    await delivery.clock.advanceBy(2 * SECOND_MS + 1);
    expect(await stopped).toBe(heed);
    expect(process.aborted).toEqual([expect.objectContaining({ code: 'DELIVERY_STOPPED' })]);
    expect((await delivery.store.outboxPartitions.lag()).pending).toBe(16);
    // Nothing more begins, and the one that was at work is marked when it ends.
    await delivery.clock.advanceBy(MINUTE_MS);
    expect(process.calls).toHaveLength(5);
    expect((await delivery.store.outboxPartitions.lag()).pending).toBe(heed ? 16 : 15);
    expect(await relay.stop(0)).toBe(true);
  });

  it('lets another instance go on at once with what it gave back', async () => {
    const { delivery, relay } = await slowDelivery(20, 1_000);
    await delivery.clock.advanceBy(5 * SECOND_MS + 500);
    const stopped = relay.stop(2 * SECOND_MS);
    await delivery.clock.advanceBy(2 * SECOND_MS);
    expect(await stopped).toBe(true);
    const next = new Process(() => undefined);
    delivery.relay({ ...relayOptions, instanceId: 'next', bus: next.bus }).start();
    await delivery.clock.advanceBy(1);
    expect(next.calls[0]).toBe('Told:8');
    expect(await delivery.store.outboxPartitions.lag()).toEqual(nothingWaits);
  });
});

describe('giving up on handlers that take too long', () => {
  const hanging = (signal: AbortSignalLike): Promise<never> =>
    new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
    );

  it('counts a handler that was aborted because it took too long as failed', async () => {
    const delivery = new Delivery();
    await delivery.write('ann', 'ann');
    const given: string[] = [];
    const process = new Process(({ key }, { signal }) => (key === 'Told:1' ? hanging(signal) : undefined), {
      maxAttempts: 3,
      handle: ({ key }) => void given.push(key),
    });
    // A second handler that is never reached while the first hangs.
    const second: string[] = [];
    process.bus.subscribe(({ key }) => void second.push(key));
    delivery.relay({ ...relayOptions, bus: process.bus }).start();
    await delivery.clock.advanceBy(5 * MINUTE_MS);
    expect(given).toEqual(['Told:1']);
    expect(process.calls).toEqual(['Told:1', 'Told:1', 'Told:1', 'Told:2']);
    expect(second).toEqual(['Told:1', 'Told:2']);
    expect(await delivery.store.outboxPartitions.lag()).toEqual(nothingWaits);
  });

  it('does not count what a stop interrupted', async () => {
    const delivery = new Delivery();
    await delivery.write('ann');
    const given: string[] = [];
    const process = new Process((_event, { signal }) => hanging(signal), {
      maxAttempts: 1,
      handle: ({ key }) => void given.push(key),
    });
    const relay = delivery.relay({ ...relayOptions, bus: process.bus });
    relay.start();
    await delivery.clock.advanceBy(SECOND_MS);
    const stopped = relay.stop(4 * SECOND_MS);
    await delivery.clock.advanceBy(4 * SECOND_MS);
    expect(await stopped).toBe(true);
    expect(given).toEqual([]);
    expect((await delivery.store.outboxPartitions.lag()).pending).toBe(1);
  });
});

describe('law 3: relays whose handlers take any time', () => {
  const handling = fc.record({
    ms: fc.constantFrom(0, 0, 10, 900, 14_000, 16_000, 29_000, 70_000),
    heeds: fc.boolean(),
    throws: fc.boolean(),
  });
  const histories = fc.record({
    players: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 30 }),
    handlings: fc.array(handling, { maxLength: 25 }),
    relays: fc.integer({ min: 1, max: 3 }),
    batchSize: fc.integer({ min: 1, max: 10 }),
  });

  it('lose nothing, keep every player in order, and never call a handler twice at once', async () => {
    const property = fc.asyncProperty(histories, async ({ players, handlings, relays, batchSize }) => {
      const delivery = new Delivery();
      const next = [...handlings];
      const handled: DomainEvent[] = [];
      const processes = Array.from({ length: relays }, (_, index) => {
        const process = new Process(async (event, { signal }) => {
          const { ms, heeds, throws } = next.shift() ?? { ms: 0, heeds: false, throws: false };
          await sleep(delivery.clock, ms, heeds ? signal : undefined);
          if (heeds) signal.throwIfAborted();
          if (throws) throw new Error('cannot take it');
          handled.push(event);
        });
        delivery.relay({ bus: process.bus, batchSize, instanceId: `relay-${index}` }).start();
        return process;
      });
      for (const player of players) {
        await delivery.write(`player-${player}`);
        await delivery.clock.advanceBy(700);
      }
      await delivery.clock.advanceBy((next.length + 10) * 3 * MINUTE_MS);
      expect(processes.flatMap(({ overlaps }) => overlaps)).toEqual([]);
      expect((await delivery.store.outboxPartitions.lag()).pending).toBe(0);
      expect(firstDeliveries(handled)).toEqual(
        firstDeliveries(await delivery.store.outbox.list({ limit: 1_000 })),
      );
      // One process alone repeats nothing that it has handled.
      if (relays === 1) expect(new Set(handled.map(({ key }) => key)).size).toBe(handled.length);
    });
    await fc.assert(property, { numRuns: 150 });
  }, 120_000);
});
