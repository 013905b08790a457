import { Cron, CronPattern } from 'croner';
import type { WallTime } from './wall-time.ts';

/** A parsed cron expression. It works on wall-clock time: every day has 24 hours, and there is no time zone. */
export interface CronExpression {
  /** Whether seconds, minutes and hours are plain numbers, lists or ranges, without a wildcard or a step. */
  readonly isFixedTime: boolean;
  /** Returns the first matching wall time strictly after another, or `null` if there is none. */
  next(after: WallTime): WallTime | null;
}

const PATTERN_OPTIONS = { mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' } as const;

/**
 * Parses a cron expression with Croner.
 *
 * Croner is only used to find the next match at a fixed offset of zero, which is plain calendar arithmetic. Without a
 * function it sets no timer. Changes of a zone's clocks are handled by `nextTick`.
 *
 * @throws {TypeError | RangeError} Croner's own, if the text is not a cron expression
 */
export function readCronExpression(text: string): CronExpression {
  // Checked before `new Cron`, which also accepts text such as "2026-01-01T00:00" for one run on that date.
  const { isFixedTime } = new CronPattern(text, undefined, PATTERN_OPTIONS);
  const cron = new Cron(text, { ...PATTERN_OPTIONS, utcOffset: 0, paused: true });
  return {
    isFixedTime,
    next: (after) => (cron.nextRun(new Date(after))?.getTime() ?? null) as WallTime | null,
  };
}
