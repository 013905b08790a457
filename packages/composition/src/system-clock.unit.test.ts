import { DAY_MS, addMs, type Instant } from '@gamekeeper/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SystemClock } from './system-clock.ts';

const clock = new SystemClock();

describe('SystemClock', () => {
  beforeEach(() => vi.useFakeTimers({ now: Date.UTC(2026, 10, 24) }));
  afterEach(() => vi.useRealTimers());

  it('says the machine’s time in whole milliseconds', () => {
    expect(clock.now()).toBe(Date.UTC(2026, 10, 24));
    vi.advanceTimersByTime(1);
    expect(clock.now()).toBe(Date.UTC(2026, 10, 24) + 1);
  });

  it('fires a timer at its instant, not before and not again', () => {
    const fired = set(addMs(clock.now(), 1_500));
    vi.advanceTimersByTime(1_499);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual([clock.now()]);
    vi.advanceTimersByTime(DAY_MS);
    expect(fired).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([24.9, 49.8, 100])('fires a timer %d days away at its instant, and not at once', (days) => {
    const at = addMs(clock.now(), Math.round(days * DAY_MS));
    const fired = set(at);
    vi.advanceTimersByTime(DAY_MS);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(at - clock.now() - 1);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual([at]);
  });

  it('never asks the platform for more than it can wait', () => {
    const asked = vi.spyOn(globalThis, 'setTimeout');
    set(addMs(clock.now(), 100 * DAY_MS));
    vi.advanceTimersByTime(DAY_MS);
    expect(Math.max(...asked.mock.calls.map(([, ms]) => ms ?? 0))).toBeLessThan(2 ** 31);
    asked.mockRestore();
  });

  it('fires timers in the order of their instants, those of one instant in the order in which they were set', () => {
    const order: string[] = [];
    const named = (name: string, ms: number) =>
      clock.setTimer(addMs(clock.now(), ms), () => order.push(name));
    named('later', 200_000);
    named('soon', 90_000);
    named('soon, too', 90_000);
    named('soonest', 1);
    vi.advanceTimersByTime(200_000);
    expect(order).toEqual(['soonest', 'soon', 'soon, too', 'later']);
  });

  it('fires a timer whose instant has passed soon, but not inside setTimer', () => {
    const fired = set(addMs(clock.now(), -DAY_MS));
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fired).toHaveLength(1);
  });

  it('takes a timer back, before and after it has waited once, and does nothing when it has fired', () => {
    const fired: Instant[] = [];
    const early = clock.setTimer(addMs(clock.now(), 90_000), () => fired.push(clock.now()));
    early.cancel();
    const late = clock.setTimer(addMs(clock.now(), 90_000), () => fired.push(clock.now()));
    vi.advanceTimersByTime(89_999);
    late.cancel();
    vi.advanceTimersByTime(DAY_MS);
    expect(fired).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);

    const done = clock.setTimer(addMs(clock.now(), 10), () => fired.push(clock.now()));
    vi.advanceTimersByTime(10);
    done.cancel();
    expect(fired).toHaveLength(1);
  });

  it('waits again when the machine’s clock was set back', () => {
    const at = addMs(clock.now(), 30_000);
    const fired = set(at);
    vi.advanceTimersByTime(20_000);
    vi.setSystemTime(Date.now() - 3_600_000);
    vi.advanceTimersByTime(10_000);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(3_600_000 - 1);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual([at]);
  });

  it('notices within a minute that the machine’s clock went ahead, as after sleep', () => {
    const fired = set(addMs(clock.now(), 8 * 3_600_000));
    vi.advanceTimersByTime(1_000);
    vi.setSystemTime(Date.now() + 9 * 3_600_000);
    vi.advanceTimersByTime(60_000);
    expect(fired).toHaveLength(1);
  });
});

it('never fires early by the real clock', async () => {
  const early = await Promise.all(
    Array.from({ length: 200 }, (_, index) => {
      const at = addMs(clock.now(), index % 25);
      return new Promise<number>((resolve) => clock.setTimer(at, () => resolve(at - clock.now())));
    }),
  );
  expect(Math.max(...early)).toBeLessThanOrEqual(0);
});

function set(at: Instant): readonly Instant[] {
  const fired: Instant[] = [];
  clock.setTimer(at, () => fired.push(clock.now()));
  return fired;
}
