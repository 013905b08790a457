import { InvalidOptionError, type DomainEvent, type EventContext, type GameEvent } from '@gamekeeper/core';
import { knownOptions, storableText } from '@gamekeeper/core/engine';
import { markKind, markMethod, type MarkKind } from './marked-methods.ts';

/** The type of an event of the game, such as `StreakBroken`. */
export type GameEventType = GameEvent['type'];

const gameEventTypes: Readonly<Record<GameEventType, true>> = {
  LivesRefilled: true,
  StreakBroken: true,
  StreakProtected: true,
  QuizAbandoned: true,
  LeaderboardReset: true,
  AwardLate: true,
  PlayerAdjusted: true,
  PlayerErased: true,
};

export const eventHandlers: MarkKind<string> = markKind('@OnGameEvent');

/** Decorates a method that handles events. */
export type OnGameEventDecorator<Event extends DomainEvent> = <
  Method extends (event: Event, context: EventContext) => Promise<void> | void,
>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * Makes a provider's method a handler of the events of one type, with the provider as `this`. If it throws, the event
 * is delivered to it again. Any instance of the application may get the event, and it may come twice: let the handler
 * write down the event's key together with what it does.
 *
 * @param options.own `true` for the type of an event that a job of yours writes
 * @throws {InvalidOptionError} if it is not on a method, or the game has no such event
 * @example
 * class Consolations {
 *   @OnGameEvent('StreakBroken')
 *   async send({ key, payload }: StreakBroken): Promise<void> {
 *     await this.mails.queue(key, payload.userId, payload.lostStreak);
 *   }
 * }
 */
export function OnGameEvent<Type extends GameEventType>(
  type: Type,
): OnGameEventDecorator<Extract<GameEvent, { readonly type: Type }>>;
export function OnGameEvent(type: string, options: { readonly own: true }): OnGameEventDecorator<DomainEvent>;
export function OnGameEvent(
  type: string,
  options: { readonly own?: boolean } = {},
): OnGameEventDecorator<never> {
  const { own = false } = knownOptions(options, ['own']);
  if (typeof own !== 'boolean') throw new InvalidOptionError('own', own, 'must be true or left out');
  storableText('@OnGameEvent', type, 'must be the type of an event such as "StreakBroken"', { most: 200 });
  if (!own && !Object.hasOwn(gameEventTypes, type)) {
    const types = Object.keys(gameEventTypes).join(', ');
    throw new InvalidOptionError(
      '@OnGameEvent',
      type,
      `must be one of ${types}; for an event of your own add { own: true }`,
    );
  }
  return (target, method, descriptor) => markMethod(eventHandlers, type, target, method, descriptor);
}
