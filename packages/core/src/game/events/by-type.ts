import type { EventHandler } from '../../engine/events/event-handler.ts';
import { givenFunction, givenObject } from '../../engine/common/options.ts';
import type { GameEvent } from './game-events.ts';

/** Handlers by event type; each receives its event with the payload of that type. */
export type EventHandlers = {
  readonly [Event in GameEvent as Event['type']]?: EventHandler<Event>;
};

/**
 * Returns one handler that calls the given handlers by event type. Events of other types are ignored.
 *
 * @throws {InvalidOptionError} naming the handler that is not a function
 * @example
 * const handler = byType({ StreakBroken: ({ payload }) => consolation(payload.userId, payload.lostStreak) });
 */
export function byType(handlers: EventHandlers): EventHandler {
  givenObject('handlers', handlers, 'must be an object of handlers by event type');
  for (const [type, handler] of Object.entries(handlers))
    if (handler !== undefined) givenFunction(`handlers.${type}`, handler, 'must be a function of an event');
  const all = new Map(Object.entries(handlers as Readonly<Record<string, EventHandler | undefined>>));
  return (event, context) => all.get(event.type)?.(event, context);
}
