import { AdaptiveThrottle, noThrottle, type Throttle } from '@gamekeeper/core';
import { optionalTokens } from '@gamekeeper/core/ports';
import type { Container } from 'inversify';
import { hasOwnClock } from './host-clock.ts';
import type { JobHostOptions } from './host-options.ts';
import { resolveIfBound } from './wiring.ts';

/**
 * Returns the throttle of a host's runs: the one that a module binds on purpose, otherwise the default. With a custom
 * clock (a test, a replay) there is none by default: a pause would wait until somebody moves that clock.
 */
export function throttleOf(
  container: Container,
  options: Pick<JobHostOptions, 'clock' | 'modules'>,
): Throttle {
  const { symbol } = optionalTokens.throttle;
  const bindings = options.modules.flatMap((module) => module.bindings);
  const isChosen = bindings.some(({ token, fallback }) => token.symbol === symbol && !fallback);
  if (!isChosen && hasOwnClock(options)) return noThrottle;
  return resolveIfBound(container, optionalTokens.throttle) ?? new AdaptiveThrottle();
}
