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

/** Does something about an event. What it throws makes the bus deliver the event again. */
export type EventHandler<Event extends DomainEvent = DomainEvent> = (event: Event) => Promise<void> | void;

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
  return (event) => all.get(event.type)?.(event);
}
