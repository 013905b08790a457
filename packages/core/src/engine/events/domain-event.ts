import type { AwardId, SessionId, UserId } from '../../game/ids.ts';
import type { JsonObject } from '../values/json.ts';
import type { Instant } from '../time/instant.ts';

/**
 * Something that happened in the game.
 *
 * `key` is derived from what happened and when, so the same fact always has the same key, whoever finds it out and
 * however often: it is what makes "exactly once" checkable.
 */
export interface DomainEvent<Type extends string = string, Payload extends JsonObject = JsonObject> {
  readonly type: Type;
  readonly key: string;
  readonly occurredAt: Instant;
  readonly payload: Payload;
}

/** A player's lives are at the maximum again. */
export type LivesRefilled = DomainEvent<'LivesRefilled', { readonly userId: UserId }>;

/** A streak ended. `lostStreak` is how long it was. */
export type StreakBroken = DomainEvent<
  'StreakBroken',
  { readonly userId: UserId; readonly lostStreak: number }
>;

/** A protection was spent and kept a streak. `day` is the day without a quiz that it covered, `2026-11-23`. */
export type StreakProtected = DomainEvent<
  'StreakProtected',
  { readonly userId: UserId; readonly day: string }
>;

/** A quiz was not finished in time; the life it cost is gone. */
export type QuizAbandoned = DomainEvent<
  'QuizAbandoned',
  { readonly userId: UserId; readonly sessionId: SessionId }
>;

/** A board's period was sealed and the next one begun. `players` is how many are in the archive. */
export type LeaderboardReset = DomainEvent<
  'LeaderboardReset',
  { readonly board: string; readonly period: string; readonly players: number }
>;

/** An award came for a period that is sealed already: it does not count there, only on the boards that are open. */
export type AwardLate = DomainEvent<
  'AwardLate',
  {
    readonly userId: UserId;
    readonly awardId: AwardId;
    readonly board: string;
    readonly period: string;
    readonly amount: number;
  }
>;

/** A new state together with the events that tell how it came about. */
export interface Change<State> {
  readonly state: State;
  readonly events: readonly DomainEvent[];
}
