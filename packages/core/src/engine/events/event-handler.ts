import type { AbortSignal } from '../time/abort.ts';
import type { DomainEvent } from './domain-event.ts';

/** What a handler is given beside its event. */
export interface EventContext {
  /**
   * Aborts when the handler is to end soon: it has taken too long, the process stops, or another instance has taken the
   * event over. Hand it to `fetch` and to drivers. A handler that ends without a throw nevertheless has handled its
   * event.
   */
  readonly signal: AbortSignal;
}

/**
 * Does something about an event. What it throws makes the bus deliver the event again. The bus waits for it to end, so
 * it needs a time limit of its own, or heeds `context.signal`.
 */
export type EventHandler<Event extends DomainEvent = DomainEvent> = (
  event: Event,
  context: EventContext,
) => Promise<void> | void;
