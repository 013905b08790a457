import { eventBusContract, runContract } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { createAbortController } from '../time/abort.ts';
import { instant } from '../time/instant.ts';
import type { DomainEvent } from './domain-event.ts';
import { InProcessEventBus } from './in-process-event-bus.ts';
import { InMemorySeenEvents, deduplicate } from './seen-events.ts';

const broken = (player: string): DomainEvent => ({
  type: 'StreakBroken',
  key: `StreakBroken:2026-11-24:${player}`,
  occurredAt: instant('2026-11-24T00:00:00Z'),
  payload: { userId: player, lostStreak: 7 },
});

describe('the bus inside the process', () => {
  it('tells everybody in order, and nobody who has left', async () => {
    const bus = new InProcessEventBus();
    const told: string[] = [];
    bus.subscribe(({ key }) => void told.push(`first ${key}`));
    const leave = bus.subscribe(({ key }) => void told.push(`second ${key}`));
    await bus.publish([broken('ann'), broken('bob')]);
    const [ann, bob] = [broken('ann').key, broken('bob').key];
    expect(told).toEqual([`first ${ann}`, `second ${ann}`, `first ${bob}`, `second ${bob}`]);
    leave();
    await bus.publish([broken('dot')]);
    expect(told.at(-1)).toBe(`first ${broken('dot').key}`);
  });

  it('rejects at the first handler that throws, so that what follows is not told before it', async () => {
    const bus = new InProcessEventBus();
    const told: string[] = [];
    bus.subscribe(({ key }) => {
      if (told.length === 1) throw new Error('full');
      told.push(key);
    });
    await expect(bus.publish([broken('ann'), broken('bob'), broken('dot')])).rejects.toThrow('full');
    expect(told).toEqual([broken('ann').key]);
  });

  it('does not call a handler again that took the event before another refused it', async () => {
    const bus = new InProcessEventBus();
    const told: string[] = [];
    let refusing = true;
    bus.subscribe(({ key }) => void told.push(`first ${key}`));
    bus.subscribe(({ key }) => {
      if (refusing) throw new Error('full');
      told.push(`second ${key}`);
    });
    await expect(bus.publish([broken('ann')])).rejects.toThrow('full');
    refusing = false;
    await bus.publish([broken('ann')]);
    const { key } = broken('ann');
    expect(told).toEqual([`first ${key}`, `second ${key}`]);
    // What is published again after it was delivered is new to everybody.
    await bus.publish([broken('ann')]);
    expect(told).toHaveLength(4);
  });

  it('hands an event over that a handler failed at for the last time, and goes on', async () => {
    const given: [string, unknown][] = [];
    const bus = new InProcessEventBus({
      deadLetter: { maxAttempts: 3, handle: ({ key }, error) => void given.push([key, error]) },
    });
    const told: string[] = [];
    const poison = new Error('cannot read it');
    bus.subscribe(({ key }) => {
      if (key === broken('ann').key) throw poison;
      told.push(key);
    });
    const events = [broken('ann'), broken('bob')];
    await expect(bus.publish(events)).rejects.toBe(poison);
    await expect(bus.publish(events)).rejects.toBe(poison);
    await bus.publish(events);
    expect(given).toEqual([[broken('ann').key, poison]]);
    expect(told).toEqual([broken('bob').key]);
  });

  it('refuses options that cannot work', () => {
    const make = (deadLetter: object) => () => new InProcessEventBus({ deadLetter: deadLetter as never });
    expect(make({ maxAttempts: 0, handle: () => undefined })).toThrow('deadLetter.maxAttempts');
    expect(make({})).toThrow('deadLetter.handle');
  });
});

describe('InProcessEventBus', () => {
  const create = () => {
    const bus = new InProcessEventBus();
    const refusals = new Map<string, number>();
    const events: DomainEvent[] = [];
    bus.subscribe((event) => {
      const left = refusals.get(event.key) ?? 0;
      refusals.set(event.key, left - 1);
      if (left > 0) throw new Error('not now');
      events.push(event);
    });
    const refuse = (key: string, times: number): void => void refusals.set(key, times);
    return { bus, refuse, taken: () => Promise.resolve(events) };
  };
  runContract(eventBusContract({ create }), it);
});

describe('once', () => {
  it('drops repetitions of what was handled, not of what failed', async () => {
    const told: string[] = [];
    let failing = true;
    const handler = deduplicate((event: DomainEvent) => {
      if (failing) throw new Error('not now');
      told.push(event.key);
    }, new InMemorySeenEvents());
    const context = { signal: createAbortController().signal };
    await expect(handler(broken('ann'), context)).rejects.toThrow('not now');
    failing = false;
    for (const event of [broken('ann'), broken('bob'), broken('ann')]) await handler(event, context);
    expect(told).toEqual([broken('ann').key, broken('bob').key]);
  });

  it('remembers the last events, and forgets the oldest first', async () => {
    const seen = new InMemorySeenEvents({ limit: 2 });
    for (const key of ['a', 'b', 'a', 'c']) await seen.add(key);
    expect(await Promise.all(['a', 'b', 'c'].map((key) => seen.has(key)))).toEqual([true, false, true]);
    expect(() => new InMemorySeenEvents({ limit: 0 })).toThrow('Option limit must be a whole number');
  });
});
