import { VirtualClock } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { endsWithin, givenClock, sleep, withTimeout, type Clock } from './clock.ts';

/** Follows a promise without waiting for it. */
function watch<Result>(work: Promise<Result>): { readonly end: () => Result | Error | 'pending' } {
  let end: Result | Error | 'pending' = 'pending';
  work.then(
    (result) => (end = result),
    (error: Error) => (end = error),
  );
  return { end: () => end };
}

/** An abort signal that counts the listeners that it has. */
function countedSignal() {
  const controller = new AbortController();
  const listeners = new Set<() => void>();
  const signal = {
    get aborted() {
      return controller.signal.aborted;
    },
    reason: undefined,
    throwIfAborted: () => controller.signal.throwIfAborted(),
    addEventListener: (_type: 'abort', run: () => void) => void listeners.add(run),
    removeEventListener: (_type: 'abort', run: () => void) => void listeners.delete(run),
  };
  const abort = (): void => {
    controller.abort();
    listeners.forEach((run) => run());
  };
  return { signal, abort, listeners };
}

const never = new Promise<never>(() => undefined);

describe('givenClock', () => {
  it('accepts what has the methods of a clock, and names the one that is missing', () => {
    const clock = new VirtualClock(0);
    expect(givenClock('clock', clock)).toBe(clock);
    expect(() => givenClock('clock', { now: () => clock.now() } as Clock)).toThrow(
      'Option clock must be a clock with the methods now and setTimer; got an object without the method setTimer',
    );
    expect(() => givenClock('clock', { setTimer: () => undefined } as unknown as Clock)).toThrow(
      /without the method now/,
    );
  });
});

describe('sleep', () => {
  it('lasts until the clock has moved on by as much, not a millisecond less', async () => {
    const clock = new VirtualClock('2026-11-24T12:00:00Z');
    const { end } = watch(sleep(clock, 1_000, undefined));
    await clock.advanceBy(999);
    expect(end()).toBe('pending');
    await clock.advanceBy(1);
    expect(end()).toBeUndefined();
  });

  it.each([0, 1])(
    'ends at once when any of its signals aborts, and leaves no timer (signal %d)',
    async (which) => {
      const clock = new VirtualClock(0);
      const signals = [countedSignal(), countedSignal()];
      const { end } = watch(sleep(clock, 1_000, undefined, ...signals.map(({ signal }) => signal)));
      await clock.advanceBy(1);
      expect([end(), clock.timers]).toEqual(['pending', 1]);
      signals[which]!.abort();
      await clock.advanceBy(0);
      expect([end(), clock.timers]).toEqual([undefined, 0]);
    },
  );

  it('does not begin under a signal that has aborted before', async () => {
    const clock = new VirtualClock(0);
    await sleep(clock, 1_000, undefined, new AbortController().signal, AbortSignal.abort());
    expect(clock.timers).toBe(0);
  });

  it('leaves nothing behind on a signal that outlives it', async () => {
    const clock = new VirtualClock(0);
    const [first, second] = [countedSignal(), countedSignal()];
    const both = sleep(clock, 1_000, first.signal, undefined, second.signal);
    await clock.advanceBy(1_000);
    await both;
    expect([first.listeners.size, second.listeners.size]).toEqual([0, 0]);
  });
});

describe('endsWithin', () => {
  it('says that work ended in time, and waits no longer', async () => {
    const clock = new VirtualClock(0);
    expect(await endsWithin(clock, Promise.resolve('done'), 1_000)).toBe(true);
    expect(clock.timers).toBe(0);
  });

  it('says at the deadline, and not before, that work has not ended', async () => {
    const clock = new VirtualClock(0);
    const { end } = watch(endsWithin(clock, never, 1_000));
    await clock.advanceBy(999);
    expect(end()).toBe('pending');
    await clock.advanceBy(1);
    expect(end()).toBe(false);
  });

  it('throws what the work throws, and waits no longer', async () => {
    const clock = new VirtualClock(0);
    await expect(endsWithin(clock, Promise.reject(new Error('gone')), 1_000)).rejects.toThrow('gone');
    expect(clock.timers).toBe(0);
  });
});

describe('withTimeout', () => {
  it('returns the result, and leaves no timer', async () => {
    const clock = new VirtualClock(0);
    expect(await withTimeout(clock, 1_000, async () => 'done')).toBe('done');
    expect(clock.timers).toBe(0);
  });

  it('throws what the work throws, at once or later, and leaves no timer', async () => {
    const clock = new VirtualClock(0);
    await expect(withTimeout(clock, 1_000, () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    const thrown = withTimeout(clock, 1_000, () => {
      throw new Error('refused');
    });
    await expect(thrown).rejects.toThrow('refused');
    expect(clock.timers).toBe(0);
  });

  it('aborts work that has no result in time, says so with the limit, and does not wait for it', async () => {
    const clock = new VirtualClock(0);
    let given: AbortSignal | undefined;
    const { end } = watch(
      withTimeout(clock, 1_500, (signal) => {
        given = signal;
        return never;
      }),
    );
    await clock.advanceBy(1_499);
    expect([end(), given?.aborted]).toEqual(['pending', false]);
    await clock.advanceBy(1);
    expect(end()).toEqual(new Error('no result within 1.5 s'));
    expect([given?.aborted, given?.reason]).toEqual([true, end()]);
  });
});
