import { instant, type DomainEvent, type EventBus } from '@gamekeeper/core';
import fc from 'fast-check';
import { deepEqual, equal, ok, rejects } from '../assertions.ts';
import { awkwardIds } from '../../arbitraries/awkward-ids.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { firstDeliveries } from './first-deliveries.ts';

/** What {@link eventBusContract} runs against: a bus and one listener. */
export interface EventBusHarness {
  readonly bus: EventBus;
  /** Makes the listener throw the next `times` times that it receives the event with this key. */
  readonly refuse: (key: string, times: number) => void;
  /** Resolves to the events that the listener has handled, in order, once it has handled this many different ones. */
  readonly taken: (different: number) => Promise<readonly DomainEvent[]>;
}

/** Returns the contract of `EventBus`, as its listeners see it. */
export function eventBusContract(options: ContractOptions<EventBusHarness>): readonly ContractCase[] {
  return contractCases(options, [
    {
      name: 'delivers events with all of their content',
      check: async (create) => {
        const { bus, taken } = await create();
        const event: DomainEvent = {
          type: 'Told',
          key: `Told:it's "me" \u{1F3AE}:{1}`,
          occurredAt: instant('2026-11-24T00:00:00.123Z'),
          payload: { userId: 'ann', nested: { list: [1, null, true, 'zwölf', 2 ** 53 - 1] } },
        };
        await bus.publish([event]);
        deepEqual(await taken(1), [event]);
      },
    },
    {
      name: 'keeps events with similar players and keys distinct',
      check: async (create) => {
        const { bus, taken } = await create();
        const events = awkwardIds.map((id) => ({
          ...told(id, 1),
          key: `Told:${id}`,
          payload: { userId: id },
        }));
        await bus.publish(events);
        deepEqual(firstDeliveries(await taken(events.length)), firstDeliveries(events));
      },
    },
    {
      name: 'does nothing for an empty list',
      check: async (create) => {
        const { bus, taken } = await create();
        await bus.publish([]);
        await bus.publish([told('ann', 1)]);
        deepEqual(await taken(1), [told('ann', 1)]);
      },
    },
    {
      name: 'delivers events without a player',
      check: async (create) => {
        const { bus, taken } = await create();
        const reset = { ...told('ann', 1), key: 'reset', payload: { board: 'weekly', players: 3 } };
        const other = { ...told('ann', 1), key: 'other', payload: {} };
        await bus.publish([reset, other]);
        deepEqual(firstDeliveries(await taken(2)), firstDeliveries([reset, other]));
      },
    },
    {
      name: 'law 3: delivers the events of every player in order, whatever is published in one call',
      check: async (create, settings) => {
        const calls = fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 20 }), { maxLength: 8 });
        const property = fc.asyncProperty(calls, async (players) => {
          const { bus, taken } = await create();
          let number = 0;
          const batches = players.map((call) =>
            call.map((player) => told(`player-${player}`, (number += 1))),
          );
          for (const batch of batches) await bus.publish(batch);
          const events = batches.flat();
          deepEqual(firstDeliveries(await taken(events.length)), firstDeliveries(events));
        });
        await fc.assert(property, settings);
      },
    },
    {
      name: 'law 3: delivers an event that the listener failed on again, before any later one of the player',
      check: async (create) => {
        const { bus, refuse, taken } = await create();
        const events = [1, 2, 3, 4].flatMap((number) => [told('ann', number), told('bob', number)]);
        refuse(told('ann', 2).key, 2);
        refuse(told('bob', 3).key, 1);
        await publishUntilTaken(bus, events);
        deepEqual(firstDeliveries(await taken(events.length)), firstDeliveries(events));
      },
    },
    {
      name: 'delivers at least once what is published twice',
      check: async (create) => {
        const { bus, taken } = await create();
        const events = [told('ann', 1), told('ann', 2)];
        await bus.publish(events);
        await bus.publish(events);
        await bus.publish([told('ann', 3)]);
        const all = await taken(3);
        equal(new Set(all.map(({ key }) => key)).size, 3);
        deepEqual(firstDeliveries(all), firstDeliveries([...events, told('ann', 3)]));
      },
    },
    {
      name: 'reports progress that never decreases and never exceeds the number of events',
      check: async (create) => {
        const { bus, taken } = await create();
        const events = [1, 2, 3].flatMap((number) => [told('ann', number), told('bob', number)]);
        const reports: number[] = [];
        await bus.publish(events, { onDelivered: (count) => void reports.push(count) });
        deepEqual(
          reports,
          [...reports].sort((a, b) => a - b),
        );
        // A bus without progress reports counts as done when the call ends.
        ok(reports.length === 0 || reports.at(-1) === events.length, `reported ${reports.join(', ')}`);
        ok(reports.every((count) => Number.isInteger(count) && count > 0));
        deepEqual(firstDeliveries(await taken(events.length)), firstDeliveries(events));
      },
    },
    {
      name: 'law 3: has delivered what it reported before it rejects, so that only the rest must be published again',
      check: async (create, settings) => {
        const calls = fc.record({
          players: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 12 }),
          refused: fc.array(fc.nat({ max: 11 }), { maxLength: 3 }),
        });
        const property = fc.asyncProperty(calls, async ({ players, refused }) => {
          const { bus, refuse, taken } = await create();
          const events = players.map((player, number) => told(`player-${player}`, number));
          for (const index of refused) {
            const event = events[index];
            if (event) refuse(event.key, 1);
          }
          await publishRest(bus, events);
          const all = await taken(events.length);
          deepEqual(firstDeliveries(all), firstDeliveries(events));
        });
        await fc.assert(property, settings);
      },
    },
    {
      name: 'starts no event once its signal has aborted, and rejects',
      check: async (create) => {
        const { bus, taken } = await create();
        const reports: number[] = [];
        const signal = AbortSignal.abort(new Error('enough'));
        await rejects(
          bus.publish([told('ann', 1)], { signal, onDelivered: (count) => void reports.push(count) }),
        );
        deepEqual(reports, []);
        await bus.publish([told('ann', 2)]);
        deepEqual(await taken(1), [told('ann', 2)]);
      },
    },
    {
      name: 'law 3: neither loses nor reorders events when its signal aborts in the middle',
      check: async (create) => {
        const { bus, taken } = await create();
        const events = [1, 2, 3, 4].flatMap((number) => [told('ann', number), told('bob', number)]);
        const stopping = new AbortController();
        let delivered = 0;
        const onDelivered = (count: number): void => {
          delivered = count;
          stopping.abort(new Error('enough'));
        };
        await bus.publish(events, { signal: stopping.signal, onDelivered }).then(
          () => (delivered = events.length),
          () => undefined,
        );
        await publishRest(bus, events.slice(delivered));
        deepEqual(firstDeliveries(await taken(events.length)), firstDeliveries(events));
      },
    },
  ]);
}

/** Like a relay that receives progress: reported events are not published again. */
async function publishRest(bus: EventBus, events: readonly DomainEvent[]): Promise<void> {
  let rest = events;
  for (let tries = 20; rest.length > 0; tries -= 1) {
    let delivered = 0;
    try {
      await bus.publish(rest, { onDelivered: (count) => void (delivered = count) });
      return;
    } catch (error) {
      if (tries === 0) throw error;
    }
    rest = rest.slice(delivered);
  }
}

/** Like a relay: if the bus rejects, all events are published again. */
async function publishUntilTaken(bus: EventBus, events: readonly DomainEvent[]): Promise<void> {
  for (let tries = 10; ; tries -= 1) {
    try {
      return await bus.publish(events);
    } catch (error) {
      if (tries === 0) throw error;
    }
  }
}

function told(player: string, number: number): DomainEvent {
  return {
    type: 'Told',
    key: `Told:${player}:${number}`,
    occurredAt: instant('2026-11-24T00:00:00Z'),
    payload: { userId: player, number },
  };
}
