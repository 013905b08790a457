import { GamekeeperError, show } from '../common/errors.ts';
import type { Clock } from './clock.ts';
import type { Instant } from './instant.ts';

/** When a job is due: a cron expression in a time zone. */
export interface ScheduleSpec {
  /** Five fields (minute, hour, day of month, month, day of week), or six with seconds first. */
  readonly cron: string;
  /** An IANA time zone such as `Europe/Berlin`. Default: UTC. */
  readonly timeZone?: string;
}

/**
 * The ticks of a cron expression in a time zone.
 *
 * Ticks depend on the schedule only, not on what has run: forwards, backwards and one by one, the same ticks are
 * returned. When the time zone changes its clocks, jobs at fixed times run once (right after the gap if their time is
 * skipped, at the first occurrence if it occurs twice), and jobs at intervals follow elapsed time.
 */
export interface Schedule {
  readonly cron: string;
  readonly timeZone: string;
  /**
   * Returns the time zone in force at an instant, if it has changed over time. If omitted, `timeZone` always applies.
   */
  timeZoneAt?(at: Instant): string;
  /** Returns the first tick strictly after an instant, or `null` if there is none. */
  next(after: Instant): Instant | null;
  /** Returns the last tick strictly before an instant, or `null` if there is none. */
  previous(before: Instant): Instant | null;
  /** Returns the ticks in `(after, through]`, oldest first, computed lazily. */
  between(after: Instant, through: Instant): Iterable<Instant>;
}

/** Parses schedule specifications. */
export interface ScheduleParser {
  /**
   * Returns the schedule.
   *
   * @throws {InvalidScheduleError} if the expression or the time zone is unknown, or if the schedule can never fire
   */
  parse(spec: ScheduleSpec): Schedule;
}

/** A cron expression or time zone is invalid, or has no ticks. */
export class InvalidScheduleError extends GamekeeperError<'INVALID_SCHEDULE'> {
  constructor(spec: ScheduleSpec, problem: string, options?: { readonly cause?: unknown }) {
    super(
      'INVALID_SCHEDULE',
      `Schedule ${show(spec.cron)} in time zone ${show(spec.timeZone ?? 'UTC')}: ${problem}.`,
      options,
    );
  }
}

/** Returns the last tick at or before an instant: the tick that a run at that instant is for. */
export function latestTick(schedule: Schedule, at: Instant): Instant | null {
  return schedule.previous((at + 1) as Instant);
}

/**
 * Returns a function that finds the first tick after an instant, or `null` if that tick is still in the future by
 * `clock`.
 */
export function nextElapsedTick(
  schedule: Schedule,
  clock: Pick<Clock, 'now'>,
): (after: Instant) => Instant | null {
  return (after) => {
    const tick = schedule.next(after);
    return tick === null || tick > clock.now() ? null : tick;
  };
}

/** Returns whether an instant is a tick of the schedule. */
export function isTick(schedule: Schedule, at: Instant): boolean {
  return latestTick(schedule, at) === at;
}

/** Returns the time zone of a schedule at an instant. */
export function timeZoneAt(schedule: Schedule, at: Instant): string {
  return schedule.timeZoneAt?.(at) ?? schedule.timeZone;
}
