import { instant } from '@gamekeeper/core';
import type { Courier, CourierItem } from '@gamekeeper/core/ports';
import { describe, expect, it } from 'vitest';
import { MemoryPost, type PostFaults } from '../../couriers/memory-post.ts';
import { VirtualClock } from '../../time/virtual-clock.ts';
import { runContract } from '../contract.ts';
import { courierContract } from './courier-contract.ts';
import type { CourierHarness } from './courier-harness.ts';

const supports = { shared: true, delays: true, redelivers: true };

function harness(faults: Partial<PostFaults>, spoil: (courier: Courier) => Courier = (same) => same) {
  return (): CourierHarness => {
    const clock = new VirtualClock('2026-11-24T00:00:00Z');
    let seed = 3;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const post = new MemoryPost(clock, { random, ...faults });
    return {
      open: async () => {
        const courier = post.open();
        return { courier: spoil(courier), die: async () => courier.die() };
      },
      now: () => clock.now(),
      passTime: (ms) => clock.advanceBy(ms),
    };
  };
}

describe('MemoryPost', () => {
  runContract(courierContract({ create: harness({}), supports }), it);
});

describe('MemoryPost that loses, doubles, delays and reorders', () => {
  const hostile = { loses: 0.4, doubles: 0.4, delays: 0.5, maxDelayMs: 3_000 };
  runContract(courierContract({ create: harness(hostile), supports }), it);
});

describe('courierContract', () => {
  it.each<[string, string, (courier: Courier) => Courier]>([
    [
      'loses everything',
      'delivers runs and shards as they were sent, or when they are sent again',
      (courier) => ({ ...verbs(courier), send: async () => undefined }),
    ],
    [
      'forgets the shard',
      'delivers runs and shards as they were sent, or when they are sent again',
      (courier) => ({
        ...verbs(courier),
        consume: (jobs, handle) => courier.consume(jobs, (item) => handle({ ...item, shard: null })),
      }),
    ],
    ['delivers a key once', 'delivers a key again that is sent again after it was handled', onceEach],
    [
      'does not hold items back',
      'delivers no item before its earliest instant',
      (courier) => ({
        ...verbs(courier),
        send: (items) => courier.send(items.map((item) => ({ ...item, notBefore: instant(0) }))),
      }),
    ],
    [
      'gives items to those who do not know their jobs',
      'leaves items of unknown jobs to those who know them',
      (courier) => ({
        ...verbs(courier),
        consume: (jobs, handle) =>
          courier.consume([...jobs, { job: 'archive', concurrency: 1 }], (item) => handle(item)),
      }),
    ],
    [
      'takes an item whose handler threw for done',
      'delivers an item again whose handler threw',
      (courier) => ({
        ...verbs(courier),
        consume: (jobs, handle) => courier.consume(jobs, (item) => handle(item).catch(() => undefined)),
      }),
    ],
    [
      'ignores the concurrency',
      'hands out no more items of a job at once than was asked for',
      (courier) => ({
        ...verbs(courier),
        consume: (jobs, handle) =>
          courier.consume(
            jobs.map(({ job }) => ({ job, concurrency: 9 })),
            handle,
          ),
      }),
    ],
    [
      'waits for ever when it stops',
      'stops at its deadline although a handler does not end',
      (courier) => ({
        ...verbs(courier),
        consume: async (jobs, handle) => {
          const consumption = await courier.consume(jobs, handle);
          return { stop: () => consumption.stop(3_600_000) };
        },
      }),
    ],
    [
      'claims what it cannot do',
      'says of itself what was claimed of it',
      (courier) => ({ ...verbs(courier), supports: { ...courier.supports, redelivers: false } }),
    ],
  ])('fails for a courier that %s: %s', async (_fault, name, spoil) => {
    const cases = courierContract({ create: harness({}, spoil), supports });
    await expect(cases.find((one) => one.name === name)!.run()).rejects.toMatchObject({
      code: 'ERR_ASSERTION',
    });
  });
});

function verbs(courier: Courier): Courier {
  return {
    supports: courier.supports,
    send: (items) => courier.send(items),
    consume: (jobs, handle) => courier.consume(jobs, handle),
  };
}

/** As an engine does that keeps what is done, and knows its keys. */
function onceEach(courier: Courier): Courier {
  const known = new Set<string>();
  const isNew = ({ key }: CourierItem): boolean => !known.has(key) && known.add(key).size > 0;
  return { ...verbs(courier), send: (items) => courier.send(items.filter(isNew)) };
}
