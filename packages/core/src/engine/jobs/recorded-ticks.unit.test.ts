import { VirtualClock, hourlyJobs, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { instant, addMs } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';
import { PLAYERS_REFRESH_MS, RecordRefresher, recordedTicks } from './recorded-ticks.ts';

const start = instant('2026-11-24T12:00:00Z');
const tx = { store: 'a store', touched: false } as Transaction;

describe('RecordRefresh', () => {
  it('looks again only when the last look is old enough, also after the clock was set back', async () => {
    const clock = new VirtualClock(start);
    let looks = 0;
    const refresh = new RecordRefresher(clock, async () => void (looks += 1));
    await refresh.ensureFresh(1_000);
    clock.jumpTo(addMs(start, 999));
    await refresh.ensureFresh(1_000);
    expect(looks).toBe(1);
    clock.jumpTo(addMs(start, 1_000));
    await refresh.ensureFresh(1_000);
    await refresh.ensureFresh(1_000);
    expect(looks).toBe(2);
    let now = addMs(start, -60_000);
    const back = new RecordRefresher(
      { now: () => now, setTimer: clock.setTimer.bind(clock) },
      async () => void (looks += 1),
    );
    await back.ensureFresh(1_000);
    now = addMs(now, -60_000);
    await back.ensureFresh(1_000);
    expect(looks).toBe(4);
  });

  it('lets calls share a look, but none inside a transaction wait for one outside', async () => {
    const seen: (Transaction | undefined)[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const refresh = new RecordRefresher(new VirtualClock(start), async (inside) => {
      seen.push(inside);
      if (!inside) await promise;
    });
    const outside = Promise.all([refresh.ensureFresh(1_000), refresh.ensureFresh(1_000)]);
    await refresh.ensureFresh(1_000, tx);
    expect(seen).toEqual([undefined, tx]);
    resolve();
    await outside;
    expect(seen).toHaveLength(2);
  });

  it('passes on what a look throws, and looks again at the next call', async () => {
    let away = true;
    const refresh = new RecordRefresher(new VirtualClock(start), async () => {
      if (away) throw new Error('away');
    });
    await expect(refresh.ensureFresh(1_000)).rejects.toThrow('away');
    away = false;
    await refresh.ensureFresh(1_000);
  });
});

describe('recordedTicks', () => {
  it('says how far a job is, and nothing of one that nobody has registered', async () => {
    const clock = new VirtualClock(start);
    const { jobRegistry } = memoryStore(clock);
    await jobRegistry.register(hourlyJobs('sweep'), start);
    let looks = 0;
    const refresh = new RecordRefresher(clock, async () => void (looks += 1));
    expect(await recordedTicks('sweep', jobRegistry, refresh).watermark()).toBe(addMs(start, -1));
    expect(await recordedTicks('archive', jobRegistry, refresh).watermark()).toBeNull();
    await recordedTicks('sweep', jobRegistry, refresh).refresh();
    clock.jumpTo(addMs(start, PLAYERS_REFRESH_MS - 1));
    await recordedTicks('sweep', jobRegistry, refresh).refresh();
    expect(looks).toBe(1);
    clock.jumpTo(addMs(start, PLAYERS_REFRESH_MS));
    await recordedTicks('sweep', jobRegistry, refresh).refresh();
    expect(looks).toBe(2);
  });
});
