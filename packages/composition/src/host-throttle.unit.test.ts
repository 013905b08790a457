import { AdaptiveThrottle, instant, noThrottle, runThrottle, type Throttle } from '@gamekeeper/core';
import { optionalTokens, provideFallback, type HostModule } from '@gamekeeper/core/ports';
import { VirtualClock } from '@gamekeeper/testkit';
import { Container } from 'inversify';
import { describe, expect, it } from 'vitest';
import { throttleOf } from './host-throttle.ts';
import { toContainerModule } from './wiring.ts';

const clock = new VirtualClock(instant('2026-11-24T00:00:00Z'));
const ofStore: Throttle = { pauseMs: () => 1 };
const store: HostModule = {
  name: 'store',
  bindings: [provideFallback(optionalTokens.throttle, [], () => ofStore)],
};
const chosen: Throttle = { pauseMs: () => 2 };

/** Without the ports that a whole host needs. */
function throttleWith(modules: readonly HostModule[], ownClock?: VirtualClock): Throttle {
  const container = new Container();
  for (const module of modules) container.load(toContainerModule(module));
  return throttleOf(container, { modules, ...(ownClock && { clock: ownClock }) });
}

describe('the throttle of a host', () => {
  it('is that of the store, or adapts to the time of batches', () => {
    expect(throttleWith([store])).toBe(ofStore);
    expect(throttleWith([])).toBeInstanceOf(AdaptiveThrottle);
  });

  it('is none with a custom clock, which nobody may move during a pause', () => {
    expect(throttleWith([store], clock)).toBe(noThrottle);
    expect(throttleWith([], clock)).toBe(noThrottle);
  });

  it('is the chosen one on any clock', () => {
    expect(throttleWith([runThrottle(chosen)])).toBe(chosen);
    expect(throttleWith([runThrottle(chosen)], clock)).toBe(chosen);
  });
});
