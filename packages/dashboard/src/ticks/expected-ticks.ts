import { addMs, type Instant } from '@gamekeeper/core';
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

/** A schedule with more ticks in a span is only asked whether each step has any. */
const MOST_COUNTED = 6_000;

/** Returns the ticks that a schedule names, by step; steps without any are missing. */
export function expectedTicks(schedule: Schedule, span: MatrixSpan): ReadonlyMap<number, ExpectedTicks> {
  return isFrequent(schedule, span) ? anyBySteps(schedule, span) : countBySteps(schedule, span);
}

/** Judged by the first hundred ticks. */
function isFrequent(schedule: Schedule, span: MatrixSpan): boolean {
  const end = spanEnd(span);
  let tick: Instant = addMs(span.from, -1);
  for (let looked = 0; looked < 100; looked += 1) {
    const next = schedule.next(tick);
    if (next === null || next >= end) return false;
    tick = next;
  }
  return ((end - span.from) / (tick - span.from)) * 100 > MOST_COUNTED;
}

function countBySteps(schedule: Schedule, span: MatrixSpan): ReadonlyMap<number, ExpectedTicks> {
  const expected = new Map<number, ExpectedTicks>();
  for (const tick of schedule.between(addMs(span.from, -1), addMs(spanEnd(span), -1))) {
    const step = Math.floor((tick - span.from) / span.stepMs);
    const before = expected.get(step);
    expected.set(step, { first: before?.first ?? tick, count: (before?.count ?? 0) + 1, isUncounted: false });
  }
  return expected;
}

function anyBySteps(schedule: Schedule, span: MatrixSpan): ReadonlyMap<number, ExpectedTicks> {
  const expected = new Map<number, ExpectedTicks>();
  for (let step = 0; step < span.steps; step += 1) {
    const start = stepStart(span, step);
    const first = schedule.next(addMs(start, -1));
    if (first !== null && first < addMs(start, span.stepMs))
      expected.set(step, { first, count: 1, isUncounted: true });
  }
  return expected;
}
