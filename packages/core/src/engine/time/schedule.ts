import { GamekeeperError, show } from '../common/errors.ts';
import type { Clock } from './clock.ts';
import type { Instant } from './instant.ts';

/** When a job is due: a cron expression in a time zone. */
export interface ScheduleSpec {
  /** Five fields (minute, hour, day of month, month, day of week), or six with seconds first. */
  readonly cron: string;
  /** An IANA time zone such as `Europe/Berlin`. UTC unless given. */
  readonly timeZone?: string;
}

/**
 * The ticks that a cron expression and a zone name.
 *
 * Ticks are a fact of the schedule, not of what ran: going forwards, backwards or one by one gives the same ones. On
 * days on which the zone's clocks change, jobs at fixed times run once (right after the gap when their time is missing,
 * at the first occurrence when it comes twice), and jobs at intervals follow elapsed time.
 */
export interface Schedule {
  readonly cron: string;
  readonly timeZone: string;
  /** The zone in force at an instant, where it has changed over time; `zone` always where this is left out. */
  timeZoneAt?(at: Instant): string;
  /** The first tick strictly after an instant, or `null` when there is none. */
  next(after: Instant): Instant | null;
  /** The last tick strictly before an instant, or `null` when there is none. */
  previous(before: Instant): Instant | null;
  /** The ticks in `(after, through]`, oldest first, computed as they are asked for. */
  between(after: Instant, through: Instant): Iterable<Instant>;
}

/** What makes schedules from their specifications. */
export interface ScheduleParser {
  /**
   * @throws {InvalidScheduleError} when the expression or the zone is unknown, or when it can never fire.
   */
  parse(spec: ScheduleSpec): Schedule;
}

/** A cron expression or zone that names no ticks. */
export class InvalidScheduleError extends GamekeeperError<'INVALID_SCHEDULE'> {
  constructor(spec: ScheduleSpec, problem: string, options?: { readonly cause?: unknown }) {
    super(
      'INVALID_SCHEDULE',
      `Schedule ${show(spec.cron)} in zone ${show(spec.timeZone ?? 'UTC')}: ${problem}.`,
      options,
    );
  }
}

/** The last tick at or before an instant: the tick that a run "now" is for. */
export function latestTick(schedule: Schedule, at: Instant): Instant | null {
  return schedule.previous((at + 1) as Instant);
}

/** Finds the first tick after an instant, where that has come by a clock. */
export function nextElapsedTick(
  schedule: Schedule,
  clock: Pick<Clock, 'now'>,
): (after: Instant) => Instant | null {
  return (after) => {
    const tick = schedule.next(after);
    return tick === null || tick > clock.now() ? null : tick;
  };
}

/** Whether the schedule names exactly this instant. */
export function isTick(schedule: Schedule, at: Instant): boolean {
  return latestTick(schedule, at) === at;
}

/** The zone in which a schedule is read at an instant. */
export function timeZoneAt(schedule: Schedule, at: Instant): string {
  return schedule.timeZoneAt?.(at) ?? schedule.timeZone;
}
