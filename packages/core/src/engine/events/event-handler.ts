import type { AbortSignal } from '../time/abort.ts';
import type { DomainEvent } from './domain-event.ts';

/** What a handler receives in addition to its event. */
export interface EventContext {
  /**
   * Aborts when the handler should end soon: it took too long, the process stops, or another instance has claimed the
   * event. Pass it to `fetch` and to drivers. If the handler nevertheless ends without throwing, it has handled its
   * event.
   */
  readonly signal: AbortSignal;
}

/**
 * Handles an event. If it throws, the bus delivers the event again. The bus waits for it to end, so it needs its own
 * timeout, or must respect `context.signal`.
 */
export type EventHandler<Event extends DomainEvent = DomainEvent> = (
  event: Event,
  context: EventContext,
) => Promise<void> | void;
