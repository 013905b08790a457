import type { EventHandler } from '../../engine/events/event-handler.ts';
import type { GameEvent } from './game-events.ts';

/** Handlers by event type; each receives its event with the payload of that type. */
export type EventHandlers = {
  readonly [Event in GameEvent as Event['type']]?: EventHandler<Event>;
};

/**
 * Returns one handler that calls the given handlers by event type. Events of other types are ignored.
 *
 * @example
 * const handler = byType({ StreakBroken: ({ payload }) => consolation(payload.userId, payload.lostStreak) });
 */
export function byType(handlers: EventHandlers): EventHandler {
  const all = new Map(Object.entries(handlers as Readonly<Record<string, EventHandler | undefined>>));
  return (event, context) => all.get(event.type)?.(event, context);
}
