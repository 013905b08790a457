import { DAY_MS, addMs, type Instant } from '@gamekeeper/core';
import type { Schedule } from '@gamekeeper/core/ports';
import { spanEnd, stepStart, type MatrixSpan } from './zoom.ts';

/** The ticks that a schedule names in one step. */
export interface ExpectedTicks {
  /** At least 1. */
  readonly count: number;
  /** Whether `count` is only known to be at least 1: the schedule has too many ticks to count them all. */
  readonly isUncounted: boolean;
  readonly first: Instant;
}

type BySteps = ReadonlyMap<number, ExpectedTicks>;

/** A schedule with more ticks in a span is only asked whether each step has any. */
const MOST_COUNTED = 5_000;

/** From this many ticks a day on, adding days to the ticks of one day is worth it. */
const OFTEN = 4;

/**
 * Returns the ticks that a schedule names, by step; steps without any are missing.
 *
 * @param since the instant from which the schedule's cron expression applies
 */
export function expectedTicks(schedule: Schedule, span: MatrixSpan, since: Instant | null): BySteps {
  const isUnchanged = since === null || since <= span.from;
  const daily = isUnchanged ? dailyTicks(schedule, span.from) : null;
  if (daily) return countEveryDay(daily, span);
  return isFrequent(schedule, span) ? anyBySteps(schedule, span) : countBySteps(schedule, span);
}

/** Ticks of one day, from midnight in UTC. Milliseconds, by cron expression. */
const known = new Map<string, readonly number[]>();
const MOST_KNOWN = 200;

/**
 * Returns the ticks of each day, from midnight in UTC, of a schedule that is the same on every day and has many ticks:
 * asking a schedule tick by tick costs much more. `null` for any other schedule.
 */
function dailyTicks(schedule: Schedule, at: Instant): readonly number[] | null {
  const { cron, timeZone } = schedule;
  if (timeZone !== 'UTC' || !/^\S+ \S+ \* \* \*$/.test(cron)) return null;
  let ticks = known.get(cron);
  if (!ticks) {
    const midnight = Math.floor(at / DAY_MS) * DAY_MS;
    const day = schedule.between((midnight - 1) as Instant, (midnight + DAY_MS - 1) as Instant);
    ticks = Array.from(day, (tick) => tick - midnight);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(cron, ticks);
  }
  return ticks.length >= OFTEN ? ticks : null;
}

function countEveryDay(ticks: readonly number[], span: MatrixSpan): BySteps {
  const { from, stepMs, steps } = span;
  const counts = new Int32Array(steps);
  const firsts = new Float64Array(steps);
  for (let midnight = Math.floor(from / DAY_MS) * DAY_MS; midnight < spanEnd(span); midnight += DAY_MS)
    for (const offset of ticks) {
      const step = Math.floor((midnight + offset - from) / stepMs);
      if (step < 0 || step >= steps) continue;
      const before = counts[step] ?? 0;
      if (before === 0) firsts[step] = midnight + offset;
      counts[step] = before + 1;
    }
  const expected = new Map<number, ExpectedTicks>();
  for (const [step, count] of counts.entries())
    if (count > 0) expected.set(step, { count, isUncounted: false, first: firsts[step] as Instant });
  return expected;
}

function countBySteps(schedule: Schedule, span: MatrixSpan): BySteps {
  const expected = new Map<number, ExpectedTicks>();
  for (const tick of schedule.between(addMs(span.from, -1), addMs(spanEnd(span), -1))) {
    const step = Math.floor((tick - span.from) / span.stepMs);
    const before = expected.get(step);
    expected.set(step, { first: before?.first ?? tick, count: (before?.count ?? 0) + 1, isUncounted: false });
  }
  return expected;
}

/** Judged by the first ticks. */
function isFrequent(schedule: Schedule, span: MatrixSpan): boolean {
  const end = spanEnd(span);
  let tick: Instant = addMs(span.from, -1);
  for (let looked = 0; looked < LOOKED_AT; looked += 1) {
    const next = schedule.next(tick);
    if (next === null || next >= end) return false;
    tick = next;
  }
  return ((end - span.from) / (tick - span.from + 1)) * LOOKED_AT > MOST_COUNTED;
}

const LOOKED_AT = 10;

function anyBySteps(schedule: Schedule, span: MatrixSpan): BySteps {
  const expected = new Map<number, ExpectedTicks>();
  for (let step = 0; step < span.steps; step += 1) {
    const start = stepStart(span, step);
    const first = schedule.next(addMs(start, -1));
    if (first !== null && first < addMs(start, span.stepMs))
      expected.set(step, { first, count: 1, isUncounted: true });
  }
  return expected;
}
