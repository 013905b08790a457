import type { AbortSignal } from '../time/abort.ts';
import type {
  AwardLate,
  DomainEvent,
  LeaderboardReset,
  LivesRefilled,
  QuizAbandoned,
  StreakBroken,
  StreakProtected,
} from './domain-event.ts';

/** The events that the game itself tells. */
export type GameEvent =
  LivesRefilled | StreakBroken | StreakProtected | QuizAbandoned | LeaderboardReset | AwardLate;

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

/** Handlers by the type of event; each gets its event with the payload of that type. */
export type EventHandlers = {
  readonly [Event in GameEvent as Event['type']]?: EventHandler<Event>;
};

/**
 * One handler out of several by type. Events of other types are passed over.
 *
 * @example
 * const handler = byType({ StreakBroken: ({ payload }) => consolation(payload.userId, payload.lostStreak) });
 */
export function byType(handlers: EventHandlers): EventHandler {
  const all = new Map(Object.entries(handlers as Readonly<Record<string, EventHandler | undefined>>));
  return (event, context) => all.get(event.type)?.(event, context);
}
