import { optionalTokens } from '../wiring/engine-tokens.ts';
import type { HostModule } from '../wiring/host-module.ts';
import { type Token, provide } from '../wiring/token.ts';
import { withMethods } from '../common/options.ts';
import type { EventBus } from './event-bus.ts';

/**
 * Binds a bus: the host's relay delivers the outbox's events to it. A host without a bus has no relay.
 *
 * @throws {InvalidOptionError} if the bus has no method `publish`
 * @example
 * createJobHost({ modules: [postgresAdapters({ url }), cronerScheduler(), eventBus(new InProcessEventBus())] });
 */
export function eventBus(bus: EventBus): HostModule {
  withMethods('bus', bus, ['publish'], 'must be an event bus such as new InProcessEventBus()');
  const token: Token<EventBus> = optionalTokens.eventBus;
  return { name: 'eventBus', bindings: [provide(token, [], () => bus)] };
}
