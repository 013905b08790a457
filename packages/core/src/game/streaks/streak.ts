import type { StateChange } from '../players/decision.ts';
import type { StreakBroken, StreakProtected } from '../events/game-events.ts';
import type { UserId } from '../players/ids.ts';
import type { AppliedBy, RecordedEntry } from '../players/player-log.ts';
import { HOUR_MS, addMs, type Instant } from '../../engine/time/instant.ts';
import { asRulesInForce, type RulesSource } from '../../engine/rules/rules-in-force.ts';
import { timeZoneAt, type Schedule } from '../../engine/time/schedule.ts';
import { addDays, localDate, startOfDay, type LocalDate } from '../../engine/time/zones.ts';
import type { StreakRules } from './streak-rules.ts';

/** How many days in a row a player has played, by the rules of the game. */
export interface Streak {
  readonly userId: UserId;
  readonly currentStreak: number;
  readonly longestStreak: number;
  readonly lastQuizAt: Instant | null;
  /** The number of missed days that will be forgiven. */
  readonly protections: number;
  /**
   * The newest day that can no longer judge this streak: the day of the last tick that protected or broke it, or of
   * the last tick that had already run when its last quiz was recorded late. No day judges a streak twice.
   */
  readonly evaluatedOn: LocalDate | null;
}

/** Returns the streak of a player who has never completed a quiz. */
export function freshStreak(userId: UserId, rules: StreakRules): Streak {
  return {
    userId,
    currentStreak: 0,
    longestStreak: 0,
    lastQuizAt: null,
    protections: rules.initialProtections,
    evaluatedOn: null,
  };
}

/** A daily tick, as the rules use it. */
export interface StreakTick {
  readonly asOf: Instant;
  /** The day that begins at the tick, in the time zone of its schedule. */
  readonly day: LocalDate;
  /** A streak is in danger if its last quiz was before this instant. */
  readonly lastQuizBefore: Instant;
}

/** Returns the day and the danger limit of a tick. */
export function streakTick(asOf: Instant, zone: string, rules: StreakRules): StreakTick {
  const day = localDate(zone, asOf);
  const tooLongAgo = addMs(asOf, -rules.breakAfterHours * HOUR_MS);
  const dayStart = startOfDay(zone, day);
  return { asOf, day, lastQuizBefore: tooLongAgo < dayStart ? tooLongAgo : dayStart };
}

/** Returns whether a tick protects or breaks this streak. */
export function isInDanger(streak: Streak, tick: StreakTick): boolean {
  return (
    streak.currentStreak > 0 &&
    streak.lastQuizAt !== null &&
    streak.lastQuizAt < tick.lastQuizBefore &&
    (streak.evaluatedOn === null || streak.evaluatedOn < tick.day)
  );
}

/** Applies one daily tick: a streak in danger costs a protection, or breaks if none is left. */
export function evaluateStreak(
  streak: Streak,
  tick: StreakTick,
  appliedBy: AppliedBy = 'job',
): StateChange<Streak> {
  if (!isInDanger(streak, tick)) return { state: streak, events: [] };
  const evaluated = { ...streak, evaluatedOn: tick.day };
  const log = [judgement(streak, tick, appliedBy)];
  if (streak.protections > 0) {
    return {
      state: { ...evaluated, protections: streak.protections - 1 },
      events: [streakProtected(streak.userId, tick)],
      log,
    };
  }
  return {
    state: { ...evaluated, currentStreak: 0 },
    events: [streakBroken(streak.userId, streak.currentStreak, tick)],
    log,
  };
}

/**
 * Applies, one by one, the daily ticks up to `now` that have not judged this streak yet, each by the rules and in the
 * time zone of its instant. The player's next action counts after them, so a late job never changes an outcome.
 *
 * @param schedule the ticks that apply to players
 */
export function applyDueStreakTicks(
  streak: Streak,
  schedule: Schedule,
  now: Instant,
  rules: RulesSource<StreakRules>,
): StateChange<Streak> {
  if (streak.currentStreak === 0 || streak.lastQuizAt === null) return { state: streak, events: [] };
  const over = asRulesInForce(rules);
  let state = streak;
  const events: StateChange<Streak>['events'][number][] = [];
  const log: RecordedEntry[] = [];
  for (const at of schedule.between(streak.lastQuizAt, now)) {
    const change = evaluateStreak(state, streakTick(at, timeZoneAt(schedule, at), over.at(at)), 'call');
    state = change.state;
    events.push(...change.events);
    log.push(...(change.log ?? []));
    if (state.currentStreak === 0) break;
  }
  return { state, events, ...(log.length > 0 && { log }) };
}

/**
 * Counts a completed quiz, after due ticks have been applied. Two on one day count once.
 *
 * @param judgedThrough the newest day after the quiz whose tick has already run: days up to it can no longer judge the
 *   quiz
 */
export function countQuiz(
  streak: Streak,
  at: Instant,
  zone: string,
  judgedThrough: LocalDate | null = null,
): Streak {
  if (streak.lastQuizAt !== null && at <= streak.lastQuizAt) return streak;
  const sameDay =
    streak.currentStreak > 0 &&
    streak.lastQuizAt !== null &&
    localDate(zone, streak.lastQuizAt) === localDate(zone, at);
  const currentStreak = sameDay ? streak.currentStreak : streak.currentStreak + 1;
  const { evaluatedOn } = streak;
  const isNewer = judgedThrough !== null && (evaluatedOn === null || evaluatedOn < judgedThrough);
  return {
    ...streak,
    currentStreak,
    longestStreak: Math.max(streak.longestStreak, currentStreak),
    lastQuizAt: at,
    evaluatedOn: isNewer ? judgedThrough : evaluatedOn,
  };
}

/** Returns what the player's log keeps of a tick that put a streak in danger. */
function judgement(streak: Streak, tick: StreakTick, appliedBy: AppliedBy): RecordedEntry {
  const { userId, currentStreak, protections, lastQuizAt } = streak;
  const common = { userId, at: tick.asOf, entry: STREAK_ENTRY };
  const why = { lastQuizAt: lastQuizAt!, appliedBy };
  return protections > 0
    ? {
        ...common,
        kind: 'streak-protected',
        details: { ...why, currentStreak, protectionsLeft: protections - 1 },
      }
    : { ...common, kind: 'streak-broken', details: { ...why, lostStreak: currentStreak } };
}

/** The key of a tick's entry in a player's log: no tick judges a streak twice. */
export const STREAK_ENTRY = 'streak';

/** Returns the event of a streak saved by a protection. The day it covers is the one that ended at the tick. */
function streakProtected(userId: UserId, tick: StreakTick): StreakProtected {
  return {
    type: 'StreakProtected',
    key: `${streakEventKeyPrefix('StreakProtected', tick)}${userId}`,
    occurredAt: tick.asOf,
    payload: { userId, day: coveredDay(tick) },
  };
}

function streakBroken(userId: UserId, lostStreak: number, tick: StreakTick): StreakBroken {
  return {
    type: 'StreakBroken',
    key: `${streakEventKeyPrefix('StreakBroken', tick)}${userId}`,
    occurredAt: tick.asOf,
    payload: { userId, lostStreak },
  };
}

/** Returns the day without a quiz that a tick judges: the one before the day that begins at the tick. */
export function coveredDay(tick: StreakTick): LocalDate {
  return addDays(tick.day, -1);
}

/** Returns an event key up to the player's id, for adapters that build keys in SQL. */
export function streakEventKeyPrefix(type: 'StreakProtected' | 'StreakBroken', tick: StreakTick): string {
  return `${type}:${tick.day}:`;
}
