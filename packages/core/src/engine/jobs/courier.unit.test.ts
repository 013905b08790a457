import { VirtualClock, courierContract, runContract } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { addMs, instant } from '../time/instant.ts';
import { courierItem, readCourierItem } from './courier.ts';
import { InProcessCourier } from './in-process-courier.ts';

const tick = instant('2026-11-24T00:00:00Z');

describe('courierItem', () => {
  it('has a key of its run or shard: no colons, never a number alone', () => {
    const keys = [
      courierItem({ job: 'sweep', tick }),
      courierItem({ job: 'sweep', tick, notBefore: addMs(tick, 5) }),
      courierItem({ job: 'sweep', tick, shard: { index: 1, count: 12 } }),
      courierItem({ job: 'sweep-1', tick, shard: { index: 11, count: 12 } }),
    ].map(({ key }) => key);
    expect(keys).toEqual([
      'sweep_1795478400000',
      'sweep_1795478400000',
      'sweep_1795478400000_1of12',
      'sweep-1_1795478400000_11of12',
    ]);
    for (const key of keys) expect(key).toMatch(/^[a-z][A-Za-z0-9_-]{0,149}$/);
  });
});

describe('readCourierItem', () => {
  const item = courierItem({ job: 'sweep', tick, shard: { index: 1, count: 2 } });

  it('returns an item from its JSON', () => {
    expect(readCourierItem(JSON.parse(JSON.stringify(item)))).toEqual(item);
  });

  it.each([
    null,
    undefined,
    'sweep',
    42,
    [],
    {},
    { ...item, job: 7 },
    { ...item, tick: '2026-11-24' },
    { ...item, tick: Number.NaN },
    { ...item, notBefore: null },
    { ...item, shard: 1 },
    { ...item, shard: { index: 2, count: 2 } },
    { ...item, shard: { index: -1, count: 2 } },
    { ...item, shard: { index: '0', count: 2 } },
  ])('returns null for anything else: %j', (data) => {
    expect(readCourierItem(data)).toBeNull();
  });
});

describe('InProcessCourier', () => {
  const create = () => {
    const clock = new VirtualClock('2026-11-24T00:00:00Z');
    const courier = new InProcessCourier(clock);
    return {
      open: async () => ({ courier }),
      now: () => clock.now(),
      passTime: (ms: number) => clock.advanceBy(ms),
    };
  };
  runContract(courierContract({ create, supports: { delays: true } }), it);

  it('delivers what is due in the turn in which it is sent, in that order', async () => {
    const clock = new VirtualClock(tick);
    const courier = new InProcessCourier(clock);
    const seen: string[] = [];
    await courier.consume([{ job: 'sweep', concurrency: 1 }], async ({ key }) => void seen.push(key));
    const items = [1, 0, 2].map((index) => courierItem({ job: 'sweep', tick, shard: { index, count: 3 } }));
    void courier.send(items);
    expect(seen).toEqual(items.map(({ key }) => key));
  });

  it('counts what it holds back, and forgets it when it stops', async () => {
    const clock = new VirtualClock(tick);
    const courier = new InProcessCourier(clock);
    const seen: string[] = [];
    const consumption = await courier.consume([{ job: 'sweep', concurrency: 1 }], async ({ key }) => {
      seen.push(key);
    });
    const later = courierItem({ job: 'sweep', tick, notBefore: addMs(tick, 1_000) });
    await courier.send([later, later]);
    expect(await courier.waiting()).toBe(1);
    expect(await consumption.stop(0)).toBe(true);
    await clock.advanceBy(5_000);
    expect(await courier.waiting()).toBe(0);
    expect(seen).toEqual([]);
  });
});
