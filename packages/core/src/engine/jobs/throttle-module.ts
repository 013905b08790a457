import type { HostModule } from '../wiring/host-module.ts';
import { optionalTokens } from '../wiring/engine-tokens.ts';
import { provide } from '../wiring/token.ts';
import { givenThrottle, type Throttle } from './throttle.ts';

/**
 * Returns a module with the throttle of a host's runs.
 *
 * @throws {InvalidOptionError} if it has no method `pauseMs`
 * @example
 * createJobHost({ modules: [postgresAdapters({ url }), cronerScheduler(), runThrottle(noThrottle)] });
 */
export function runThrottle(throttle: Throttle): HostModule {
  const checked = givenThrottle('throttle', throttle);
  return { name: 'runThrottle', bindings: [provide(optionalTokens.throttle, [], () => checked)] };
}
