import { provide, type Token } from '../wiring/token.ts';
import type { HostModule } from '../wiring/host-module.ts';
import { optionalTokens } from '../wiring/tokens.ts';
import type { DomainEvent } from './domain-event.ts';

/**
 * Where the relay hands events to: whoever wants to know what happened in the game listens there.
 *
 * Obligations of an implementation:
 * - `publish` resolves only when every event is taken over for good, as good as the bus can keep it. Whenever it
 *   rejects, any of the events may have been taken over or not: the caller hands over all of them again.
 * - Events of one subject ({@link subjectOf}) reach each listener in the order of the list and of the calls. When some
 *   of a subject's events are not taken over, none that comes after them in the same call is.
 * - Calls may overlap; the caller does not overlap two that hold events of one subject, but for an instance that was
 *   silent for longer than its lease, whose events are repetitions.
 * - It delivers at least once: listeners drop repetitions by `key` (see {@link once}).
 */
export interface EventBus {
  publish(events: readonly DomainEvent[]): Promise<void>;
}

/**
 * Binds a bus: the host's relay hands the outbox's events over to it. A host without a bus has no relay.
 *
 * @example
 * createJobHost({ modules: [postgresAdapters({ url }), cronerScheduler(), eventBus(new InProcessEventBus())] });
 */
export function eventBus(bus: EventBus): HostModule {
  const token: Token<EventBus> = optionalTokens.eventBus;
  return { name: 'eventBus', bindings: [provide(token, [], () => bus)] };
}
