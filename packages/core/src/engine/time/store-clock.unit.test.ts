import { VirtualClock } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock, Timer } from './clock.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, instant, addMs, type Instant } from './instant.ts';
import { StoreClock } from './store-clock.ts';

const noon = instant('2026-11-24T12:00:00Z');

/** A host's clock and the store's, the corrected one between them, and a way from one to the other that takes time. */
function machine(skewMs: number) {
  const host = new VirtualClock(addMs(noon, skewMs));
  let storeSkew = -skewMs;
  const store = (): Instant => addMs(host.now(), storeSkew);
  const clock = new StoreClock(host);
  /** Asks the store; the question and its answer take so long. */
  const measure = (thereMs = 0, backMs = 0): Promise<number> =>
    clock.measure(async () => {
      host.jumpTo(host.now() + thereMs);
      const answer = store();
      host.jumpTo(host.now() + backMs);
      return answer;
    });
  const shift = (ms: number): void => {
    host.jumpTo(host.now() + ms);
    storeSkew -= ms;
  };
  return { host, clock, store, measure, shift };
}

/** A clock that stands still; timers whose instants have passed fire in the order in which they were set. */
class MachineClock implements Clock {
  #timers: { readonly at: Instant; readonly run: () => void }[] = [];

  now(): Instant {
    return noon;
  }

  setTimer(at: Instant, run: () => void): Timer {
    const timer = { at, run };
    this.#timers.push(timer);
    return { cancel: () => (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  fireOverdue(): void {
    for (const { at, run } of this.#timers) if (at <= noon) run();
  }
}

describe('StoreClock', () => {
  it('shows the host’s time until it was measured, and the store’s from then on', async () => {
    const { clock, measure } = machine(9 * MINUTE_MS);
    expect([clock.now(), clock.skewMs]).toEqual([addMs(noon, 9 * MINUTE_MS), null]);
    expect(await measure()).toBe(9 * MINUTE_MS);
    expect([clock.now(), clock.skewMs]).toEqual([noon, 9 * MINUTE_MS]);
  });

  it('is wrong by no more than half of the shortest way to the store and back, and a millisecond', async () => {
    const way = fc.integer({ min: 0, max: 3_000 });
    const looks = fc.array(fc.tuple(way, way), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -1e9, max: 1e9 }), looks, async (skewMs, ways) => {
        const { clock, store, measure } = machine(skewMs);
        for (const [thereMs, backMs] of ways) await measure(thereMs, backMs);
        const best = Math.min(...ways.map(([there, back]) => (there + back) / 2));
        expect(Math.abs(clock.now() - store())).toBeLessThanOrEqual(best + 1);
      }),
    );
  });

  it('keeps what it knows better when an answer takes long, unless the answer contradicts it', async () => {
    const { clock, measure, shift } = machine(-400);
    await measure(1, 1);
    expect(await measure(0, 2_000)).toBe(-400);
    shift(10_000);
    expect(await measure(500, 500)).toBe(9_600);
    expect(clock.skewMs).toBe(9_600);
  });

  it('follows the store when the host’s clock is set, at the next measurement', async () => {
    const { clock, store, measure, shift } = machine(0);
    await measure();
    for (const jump of [60 * MINUTE_MS, -150 * MINUTE_MS]) {
      shift(jump);
      await measure();
      expect(clock.now()).toBe(store());
    }
  });

  it('takes a clock that was put back during the question for what it says at the end', async () => {
    const { host, clock, store } = machine(MINUTE_MS);
    await clock.measure(async () => {
      const answer = store();
      host.jumpTo(noon);
      return answer;
    });
    expect([clock.skewMs, clock.now()]).toEqual([0, noon]);
  });

  it('passes on what the store throws, and corrects nothing then', async () => {
    const { clock } = machine(MINUTE_MS);
    await expect(clock.measure(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    await expect(clock.measure(async () => Number.NaN as Instant)).rejects.toMatchObject({
      code: 'INVALID_INSTANT',
    });
    expect(clock.skewMs).toBeNull();
  });

  it('fires every timer once and by its instant, and before it only where a correction put the clock back', async () => {
    const step = fc.oneof(
      fc.record({ call: fc.constant('set' as const), inMs: fc.integer({ min: -500, max: 5_000 }) }),
      fc.record({ call: fc.constant('shift' as const), ms: fc.integer({ min: -9_000, max: 9_000 }) }),
      fc.record({ call: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 3_000 }) }),
      fc.record({ call: fc.constant('cancel' as const), which: fc.nat(9) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { host, clock, store, measure, shift } = machine(0);
        await measure();
        const timers: {
          at: Instant;
          fired: number;
          cancelled: boolean;
          wasPutBack: boolean;
          cancel: () => void;
        }[] = [];
        for (const one of steps) {
          if (one.call === 'set') {
            const at = addMs(clock.now(), one.inMs);
            const timer = {
              at,
              fired: 0,
              cancelled: false,
              wasPutBack: false,
              cancel: () => undefined as void,
            };
            const armed = clock.setTimer(at, () => {
              if (!timer.wasPutBack) expect(clock.now()).toBeGreaterThanOrEqual(at);
              timer.fired += 1;
            });
            timer.cancel = () => armed.cancel();
            timers.push(timer);
          } else if (one.call === 'cancel') {
            const timer = timers[one.which];
            timer?.cancel();
            if (timer?.fired === 0) timer.cancelled = true;
          } else if (one.call === 'pass') await host.advanceBy(one.ms);
          else {
            // The host's clock is set and followed: between the two, its time is wrong.
            shift(one.ms);
            await measure();
            if (one.ms > 0) for (const timer of timers) timer.wasPutBack = true;
          }
        }
        // Clocks show whole milliseconds: one of them is no contradiction.
        expect(Math.abs(clock.now() - store())).toBeLessThanOrEqual(1);
        await host.advanceBy(5_000);
        expect(timers.map(({ fired }) => fired)).toEqual(timers.map(({ cancelled }) => (cancelled ? 0 : 1)));
        expect(host.timers).toBe(0);
      }),
    );
  });

  it('keeps a wait as long as it was meant when the clock is put back: a lease is renewed in time', async () => {
    const { host, clock, measure, shift } = machine(0);
    await measure();
    const fired: number[] = [];
    // The host's clock jumps ahead by an hour, and a wait of 5 s begins before anybody knows.
    shift(60 * MINUTE_MS);
    const begun = host.now();
    clock.setTimer(addMs(clock.now(), 5_000), () => fired.push(host.now() - begun));
    await measure();
    await host.advanceBy(60_000);
    expect(fired).toEqual([5_000]);
  });

  it('fires timers that a correction makes due in the order of their instants', async () => {
    const { host, clock, measure, shift } = machine(0);
    const fired: string[] = [];
    clock.setTimer(addMs(noon, 3_000), () => fired.push('third'));
    clock.setTimer(addMs(noon, 1_000), () => fired.push('first'));
    clock.setTimer(addMs(noon, 2_000), () => fired.push('second'));
    // The host's clock is put back by an hour: by its own it would wait that long.
    shift(-60 * MINUTE_MS);
    await measure();
    await host.advanceBy(3_000);
    expect(fired).toEqual(['first', 'second', 'third']);
  });

  it('does so on a machine, too, which calls first what was set first', async () => {
    const machine = new MachineClock();
    const clock = new StoreClock(machine);
    const fired: number[] = [];
    for (const seconds of [3, 1, 2])
      clock.setTimer(addMs(machine.now(), seconds * SECOND_MS), () => fired.push(seconds));
    await clock.measure(async () => addMs(machine.now(), HOUR_MS));
    machine.fireOverdue();
    expect(fired).toEqual([1, 2, 3]);
  });

  it('stays as it is when an answer that took no longer differs by a millisecond of rounding', async () => {
    const { clock, measure, shift } = machine(MINUTE_MS);
    await measure(2, 2);
    shift(5);
    expect(await measure(2, 2)).toBe(MINUTE_MS);
    shift(1);
    expect(await measure(2, 2)).toBe(MINUTE_MS + 6);
    expect(await measure(0, 0)).toBe(MINUTE_MS + 6);
    shift(1);
    expect(await measure(0, 0)).toBe(MINUTE_MS + 6);
    shift(1);
    expect(await measure(0, 0)).toBe(MINUTE_MS + 8);
    expect(clock.skewMs).toBe(MINUTE_MS + 8);
  });

  it('knows the clock that it corrects, for what is the store itself', () => {
    const { host, clock } = machine(0);
    expect([StoreClock.hostOf(clock), StoreClock.hostOf(host)]).toEqual([host, host]);
  });
});
