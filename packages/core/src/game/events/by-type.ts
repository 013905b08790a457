import type { EventHandler } from '../../engine/events/event-handler.ts';
import type { GameEvent } from './game-events.ts';

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
