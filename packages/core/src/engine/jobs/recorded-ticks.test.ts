import { VirtualClock, hourlyJobs, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { instant, later } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';
import { RecordRefresh, recordedTicks } from './recorded-ticks.ts';

const start = instant('2026-11-24T12:00:00Z');
const tx = { store: 'a store', touched: false } as Transaction;

describe('RecordRefresh', () => {
  it('looks again only when the last look is old enough, also after the clock was set back', async () => {
    const clock = new VirtualClock(start);
    let looks = 0;
    const refresh = new RecordRefresh(clock, async () => void (looks += 1));
    await refresh.within(1_000);
    clock.jumpTo(later(start, 999));
    await refresh.within(1_000);
    expect(looks).toBe(1);
    clock.jumpTo(later(start, 1_000));
    await refresh.within(1_000);
    await refresh.within(1_000);
    expect(looks).toBe(2);
    let now = later(start, -60_000);
    const back = new RecordRefresh(
      { now: () => now, setTimer: clock.setTimer.bind(clock) },
      async () => void (looks += 1),
    );
    await back.within(1_000);
    now = later(now, -60_000);
    await back.within(1_000);
    expect(looks).toBe(4);
  });

  it('lets calls share a look, but none inside a transaction wait for one outside', async () => {
    const seen: (Transaction | undefined)[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const refresh = new RecordRefresh(new VirtualClock(start), async (inside) => {
      seen.push(inside);
      if (!inside) await promise;
    });
    const outside = Promise.all([refresh.within(1_000), refresh.within(1_000)]);
    await refresh.within(1_000, tx);
    expect(seen).toEqual([undefined, tx]);
    resolve();
    await outside;
    expect(seen).toHaveLength(2);
  });

  it('passes on what a look throws, and looks again at the next call', async () => {
    let away = true;
    const refresh = new RecordRefresh(new VirtualClock(start), async () => {
      if (away) throw new Error('away');
    });
    await expect(refresh.within(1_000)).rejects.toThrow('away');
    away = false;
    await refresh.within(1_000);
  });
});

describe('recordedTicks', () => {
  it('says how far a job is, and nothing of one that nobody has registered', async () => {
    const clock = new VirtualClock(start);
    const { ledger } = memoryStore(clock);
    await ledger.register(hourlyJobs('sweep'), start);
    const refresh = new RecordRefresh(clock, async () => undefined);
    expect(await recordedTicks('sweep', ledger, refresh).settledThrough()).toBe(later(start, -1));
    expect(await recordedTicks('archive', ledger, refresh).settledThrough()).toBeNull();
    await recordedTicks('sweep', ledger, refresh).refresh();
  });
});
