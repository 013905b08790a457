import { addMs, type Instant, type Run } from '@gamekeeper/core';
import { dueThrough, type EngineState, type JobState } from '../reads/engine-state.ts';
import type { HostPorts } from '../reads/host-ports.ts';
import type { TickState } from '../ticks/tick-state.ts';
import { runState } from './run-state.ts';

/** Ticks on one page. */
export const TICKS_ON_A_PAGE = 200;

/** The ticks of a job in `[from, to)`. */
export interface SpanChoice {
  readonly job: string;
  readonly from: Instant;
  readonly to: Instant;
}

/** One tick of a span. */
export interface SpanTick {
  readonly tick: Instant;
  readonly state: TickState;
  /** `null`: nothing is recorded. */
  readonly run: Run | null;
}

/** The first ticks of a span. */
export interface SpanReads {
  readonly state: JobState | null;
  /** Oldest first. */
  readonly ticks: readonly SpanTick[];
  /** Where the next page begins; `null`: this is all. */
  readonly next: Instant | null;
}

/** Reads the ticks of a span: what the schedule names and what the ledger has, oldest first. */
export async function readSpan(
  { ledger }: HostPorts,
  { jobs, now }: EngineState,
  { job, from, to }: SpanChoice,
): Promise<SpanReads> {
  const state = jobs.find(({ name }) => name === job) ?? null;
  const expected = state ? firstTicks(state, from, to) : [];
  // Not more ticks than fit on a page are expected, and recorded ones between them are few.
  const end = expected.length > TICKS_ON_A_PAGE ? expected.at(-1)! : to;
  const runs = await ledger.runs(job, { from, before: end, limit: TICKS_ON_A_PAGE * 2 });
  const byTick = new Map(runs.map((run) => [run.tick, run]));
  const ticks = [...new Set([...expected.filter((tick) => tick < end), ...byTick.keys()])].sort(
    (a, b) => a - b,
  );
  return {
    state,
    ticks: ticks.map((tick) => spanTick(state, tick, byTick.get(tick) ?? null, now)),
    next: end < to ? end : null,
  };
}

function firstTicks({ scheduled }: JobState, from: Instant, to: Instant): readonly Instant[] {
  const ticks: Instant[] = [];
  for (const tick of scheduled.schedule.between(addMs(from, -1), addMs(to, -1)))
    if (ticks.push(tick) > TICKS_ON_A_PAGE) break;
  return ticks;
}

function spanTick(state: JobState | null, tick: Instant, run: Run | null, now: Instant): SpanTick {
  const delayMs = state?.scheduled.job.delayMs ?? 0;
  if (run) return { tick, run, state: runState(run, state?.scheduled.schedule ?? null, delayMs) };
  const isAhead = tick > dueThrough(delayMs, now);
  const isOwed = state !== null && state.record !== null && tick > state.record.watermark;
  return { tick, run, state: isAhead ? 'ahead' : isOwed ? 'owed' : 'unrecorded' };
}
