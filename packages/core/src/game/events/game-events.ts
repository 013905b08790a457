import type { DomainEvent } from '../../engine/events/domain-event.ts';
import type { AwardId, SessionId, UserId } from '../players/ids.ts';

/** A player's lives have reached the maximum again. */
export type LivesRefilled = DomainEvent<'LivesRefilled', { readonly userId: UserId }>;

/** A streak ended. `lostStreak` is its length. */
export type StreakBroken = DomainEvent<
  'StreakBroken',
  { readonly userId: UserId; readonly lostStreak: number }
>;

/** A protection was used to keep a streak. `day` is the day without a quiz that it covered, `2026-11-23`. */
export type StreakProtected = DomainEvent<
  'StreakProtected',
  { readonly userId: UserId; readonly day: string }
>;

/** A quiz was not completed in time; the life spent on it is lost. */
export type QuizAbandoned = DomainEvent<
  'QuizAbandoned',
  { readonly userId: UserId; readonly sessionId: SessionId }
>;

/** A board's period was sealed and the next one began. `players` is the number of players in the archive. */
export type LeaderboardReset = DomainEvent<
  'LeaderboardReset',
  { readonly board: string; readonly period: string; readonly players: number }
>;

/**
 * An award was recorded for a period that is already sealed: it does not count there, only on boards that are still
 * open.
 */
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

/** What support changed about a player: `change` says what, `by` who, `reason` why. */
export type PlayerAdjusted = DomainEvent<
  'PlayerAdjusted',
  { readonly userId: UserId; readonly by: string; readonly reason: string } & (
    | { readonly change: 'name'; readonly username: string }
    | { readonly change: 'lives'; readonly granted: number | 'full' }
    | {
        readonly change: 'streak';
        readonly currentStreak?: number;
        readonly longestStreak?: number;
        readonly protections?: number;
      }
    | { readonly change: 'xp'; readonly amount: number }
  )
>;

/** A player was erased: whoever has kept something about the player must erase it, too. */
export type PlayerErased = DomainEvent<
  'PlayerErased',
  { readonly userId: UserId; readonly by: string; readonly reason: string }
>;

/** The events of the game itself. */
export type GameEvent =
  | LivesRefilled
  | StreakBroken
  | StreakProtected
  | QuizAbandoned
  | LeaderboardReset
  | AwardLate
  | PlayerAdjusted
  | PlayerErased;
