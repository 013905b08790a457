import type { DomainEvent } from '../../engine/events/domain-event.ts';
import type { AwardId, SessionId, UserId } from '../players/ids.ts';

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

/** The events that the game itself tells. */
export type GameEvent =
  LivesRefilled | StreakBroken | StreakProtected | QuizAbandoned | LeaderboardReset | AwardLate;
