import { Cron, CronPattern } from 'croner';
import type { WallTime } from './wall-time.ts';

/** A cron expression on wall-clock time, where every day has its 24 hours and no zone is known. */
export interface CronExpression {
  /** Whether seconds, minutes and hours are plain numbers, lists or ranges, without a wildcard or a step. */
  readonly isFixedTime: boolean;
  /** The first matching wall time strictly after another, or `null` when there is none. */
  next(after: WallTime): WallTime | null;
}

const PATTERN_OPTIONS = { mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' } as const;

/**
 * Reads a cron expression with Croner.
 *
 * Croner is only ever asked for the next match at a fixed offset of zero, which is plain calendar arithmetic: without
 * a function it arms no timer, and the changes of a zone's clocks are applied by `nextTick`.
 *
 * @throws {TypeError | RangeError} Croner's own, when the text is no expression
 */
export function readCronExpression(text: string): CronExpression {
  // Before `new Cron`, which takes text such as "2026-01-01T00:00" for a date on which to run once.
  const { isFixedTime } = new CronPattern(text, undefined, PATTERN_OPTIONS);
  const cron = new Cron(text, { ...PATTERN_OPTIONS, utcOffset: 0, paused: true });
  return {
    isFixedTime,
    next: (after) => (cron.nextRun(new Date(after))?.getTime() ?? null) as WallTime | null,
  };
}
