import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant } from '../time/instant.ts';
import { AdaptiveThrottle } from './adaptive-throttle.ts';
import { optionalTokens } from '../wiring/engine-tokens.ts';
import { runThrottle } from './throttle-module.ts';
import { combineThrottles, noThrottle, type Throttle, type ThrottledBatch } from './throttle.ts';

const tick = instant('2026-11-24T00:00:00Z');
const batch = (durationMs: number, processed = 1_000, job = 'sweep'): ThrottledBatch => ({
  job,
  tick,
  processed,
  durationMs,
});

describe('AdaptiveThrottle', () => {
  it('does not pause while batches take as long as usual', () => {
    const throttle = new AdaptiveThrottle();
    const pauses = [100, 110, 95, 190, 100].map((ms) => throttle.pauseMs(batch(ms)));
    expect(pauses).toEqual([0, 0, 0, 0, 0]);
  });

  it('pauses as much longer as items take longer, so that the share of the database stays as usual', () => {
    const throttle = new AdaptiveThrottle();
    throttle.pauseMs(batch(100));
    // What is usual follows slowly, so a little less than twice 300 ms.
    expect(throttle.pauseMs(batch(300))).toBe(599 - 1);
    expect(throttle.pauseMs(batch(150, 500))).toBe(298);
    expect(throttle.pauseMs(batch(100))).toBe(0);
  });

  it('pauses no longer than its maximum', () => {
    const throttle = new AdaptiveThrottle({ maxPauseMs: 700 });
    throttle.pauseMs(batch(10));
    expect(throttle.pauseMs(batch(900))).toBe(700);
  });

  it('takes a slowness that lasts for the usual', () => {
    const throttle = new AdaptiveThrottle();
    throttle.pauseMs(batch(100));
    const pauses = Array.from({ length: 400 }, () => throttle.pauseMs(batch(250)));
    expect(pauses[0]).toBeGreaterThan(0);
    expect(pauses.at(-1)).toBe(0);
  });

  it('judges each job by its own, and no small batch', () => {
    const throttle = new AdaptiveThrottle();
    throttle.pauseMs(batch(10));
    expect(throttle.pauseMs(batch(500, 1_000, 'other'))).toBe(0);
    expect(throttle.pauseMs(batch(500, 99))).toBe(0);
    expect(throttle.pauseMs(batch(500, 100))).toBeGreaterThan(0);
    expect(throttle.pauseMs(batch(500, 0))).toBe(0);
  });

  it('returns a whole number within its bounds for any batches', () => {
    const batches = fc.array(fc.tuple(fc.nat(1_000_000), fc.nat(100_000)), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(batches, fc.nat(10_000), fc.integer({ min: 1, max: 5 }), (all, maxPauseMs, slowdown) => {
        const throttle = new AdaptiveThrottle({ maxPauseMs, slowdown });
        for (const [ms, processed] of all) {
          const pauseMs = throttle.pauseMs(batch(ms, processed));
          expect(Number.isInteger(pauseMs) && pauseMs >= 0 && pauseMs <= maxPauseMs).toBe(true);
        }
      }),
    );
  });

  it.each([{ slowdown: 0 }, { slowdown: Number.NaN }, { maxPauseMs: -1 }, { maxPauseMs: 60_000 }])(
    'refuses %j by name',
    (options) => {
      expect(() => new AdaptiveThrottle(options)).toThrow(
        /^Option throttle\.(?:slowdown|maxPauseMs) must be/,
      );
    },
  );
});

describe('the throttle of a host', () => {
  it('is what its module binds', () => {
    const throttle = { pauseMs: () => 5 };
    const { name, bindings } = runThrottle(throttle);
    expect(name).toBe('runThrottle');
    expect(bindings).toMatchObject([{ token: optionalTokens.throttle, dependencies: [] }]);
    expect(bindings.map(({ create }) => create())).toEqual([throttle]);
  });

  it('is refused if it has no method pauseMs', () => {
    expect(() => runThrottle({} as Throttle)).toThrow(
      /^Option throttle must be a throttle with the method pauseMs; got an object without the method pauseMs/,
    );
    expect(() => combineThrottles(noThrottle, 5 as never)).toThrow(
      /^Option throttles\[1\] must be a throttle/,
    );
  });
});

describe('several throttles', () => {
  it('pause as long as the strictest one', async () => {
    const all = [0, 30, 10].map((pauseMs) => ({ pauseMs: () => pauseMs }));
    expect(await combineThrottles(...all).pauseMs(batch(1))).toBe(30);
    expect(await combineThrottles().pauseMs(batch(1))).toBe(0);
  });
});
