import { asRulesInForce, type RulesSource } from '../../engine/rules/rules-in-force.ts';
import { HOUR_MS, MINUTE_MS, addMs, type Instant } from '../../engine/time/instant.ts';
import { latestTick, timeZoneAt, type Schedule } from '../../engine/time/schedule.ts';
import { localDate, type LocalDate } from '../../engine/time/zones.ts';
import type { Board } from '../leaderboards/board.ts';
import type { LivesRules } from '../lives/lives-rules.ts';
import type { StreakRules } from '../streaks/streak-rules.ts';
import { streakTick } from '../streaks/streak.ts';

/** What the game's rules say at the instant of an import: the same for all players of a batch. */
export interface ImportTerms {
  /** The instant of the import: the ticks up to it do not exist for these players. */
  readonly at: Instant;
  readonly boards: readonly Board[];
  readonly maxLives: number;
  /** The latest end of the timer of a next life: a full wait from the import on. */
  readonly latestRegenAt: Instant;
  readonly initialProtections: number;
  /**
   * The last day that cannot judge an imported streak, so that a player has as long to play after the import as after a
   * quiz; `null` if there is none.
   */
  readonly judgedThrough: LocalDate | null;
}

/** What {@link importTerms} reads. */
export interface TermsSource {
  readonly boards: readonly Board[];
  readonly rules: {
    readonly lives: RulesSource<LivesRules>;
    readonly streaks: RulesSource<StreakRules>;
  };
  /** The schedule of the streak job, whether or not it has been registered yet. */
  readonly streakSchedule: Schedule;
}

/** Returns the terms of an import at an instant. */
export function importTerms({ boards, rules, streakSchedule }: TermsSource, at: Instant): ImportTerms {
  const { maxLives, regenMinutes } = asRulesInForce(rules.lives).at(at);
  const { initialProtections } = asRulesInForce(rules.streaks).at(at);
  return {
    at,
    boards,
    maxLives,
    latestRegenAt: addMs(at, regenMinutes * MINUTE_MS),
    initialProtections,
    judgedThrough: judgedThrough(streakSchedule, asRulesInForce(rules.streaks), at),
  };
}

/**
 * Returns the day of the last tick that would hold a time before the import against a player: the import counts like a
 * quiz, whenever the last one was.
 */
function judgedThrough(
  schedule: Schedule,
  rules: ReturnType<typeof asRulesInForce<StreakRules>>,
  at: Instant,
): LocalDate | null {
  const last = latestTick(schedule, at);
  let day = last === null ? null : localDate(timeZoneAt(schedule, last), last);
  // A day longer than a streak may rest, for ticks that are rare or whose time zone changes.
  const horizon = addMs(at, (rules.at(at).breakAfterHours + 48) * HOUR_MS);
  for (const tick of schedule.between(at, horizon)) {
    const judge = streakTick(tick, timeZoneAt(schedule, tick), rules.at(tick));
    if (judge.lastQuizBefore > at) break;
    day = judge.day;
  }
  return day;
}
