import type { Instant } from '../../engine/time/instant.ts';
import type { LivesRules } from '../lives/lives-rules.ts';
import type { UserId } from '../players/ids.ts';
import type { StreakTick } from '../streaks/streak.ts';

/** One tick under two sets of rules. */
interface Trial<Rules> {
  readonly current: Rules;
  readonly proposed: Rules;
  /** The maximum number of players in the sample. */
  readonly sample: number;
}

/** What a tick would do under two sets of rules: counts of players, and a sample of those to whom it would differ. */
export interface Comparison<Counts, Player> {
  readonly current: Counts;
  readonly proposed: Counts;
  /** The number of players to whom the tick would do something else. */
  readonly differing: number;
  /** Some of them, in bytewise order of their ids. */
  readonly sample: readonly Player[];
}

/** Two ticks at one instant of one day, by different rules. */
export type StreakTrial = Trial<StreakTick>;

/** What a tick does to a streak. */
export type StreakOutcome = 'kept' | 'protected' | 'broken';

/** How many streaks a tick protects and breaks. */
export interface StreakCounts {
  readonly protected: number;
  readonly broken: number;
}

/** A player whose streak would be judged differently. */
export interface ComparedStreak {
  readonly userId: UserId;
  readonly currentStreak: number;
  readonly protections: number;
  readonly lastQuizAt: Instant;
  readonly current: StreakOutcome;
  readonly proposed: StreakOutcome;
}

/** A tick of regeneration by two sets of rules. */
export interface LivesTrial extends Trial<LivesRules> {
  readonly asOf: Instant;
}

/** How many players a tick gives a life, and how many of them it fills up. */
export interface LivesCounts {
  readonly given: number;
  readonly refilled: number;
}

/** The lives after a tick. */
export interface LivesOutcome {
  readonly currentLives: number;
  readonly nextRegenAt: Instant | null;
}

/** A player whose lives would be different after the tick. */
export interface ComparedLives {
  readonly userId: UserId;
  /** The lives before the tick. */
  readonly currentLives: number;
  readonly current: LivesOutcome;
  readonly proposed: LivesOutcome;
}
