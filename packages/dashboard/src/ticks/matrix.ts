import { addMs, type Instant, type ScheduledJob } from '@gamekeeper/core';
import type { JobRecord, RunCell } from '@gamekeeper/core/ports';
import { dueThrough } from '../reads/engine-state.ts';
import { expectedTicks, type ExpectedTicks } from './expected-ticks.ts';
import type { TickState } from './tick-state.ts';
import { stepStart, type MatrixSpan } from './zoom.ts';

/** A run that began later than this after it was due is late. Milliseconds. */
export const LATE_AFTER_MS = 60_000;

/** One cell: the ticks of a job in one step. */
export interface MatrixCell {
  readonly step: number;
  readonly state: TickState;
  /** How many ticks it stands for; `null`: more than were counted. */
  readonly ticks: number | null;
  /** How many of them are owed. */
  readonly owed: number;
  /** The only tick; `null` if there are several. */
  readonly tick: Instant | null;
  /** What the ledger has; `null` without any record. */
  readonly recorded: RunCell | null;
}

/** The cells of one job, in the order of time. Steps without a tick have none. */
export interface MatrixRow {
  readonly job: string;
  readonly cells: readonly MatrixCell[];
}

/** A job, and what is known of it. */
export interface RowSource {
  readonly scheduled: ScheduledJob;
  readonly record: JobRecord | null;
}

/** Returns a row of the matrix: what the schedule names, compared with what the ledger has. */
export function matrixRow(
  { scheduled, record }: RowSource,
  recorded: readonly RunCell[],
  span: MatrixSpan,
  now: Instant,
): MatrixRow {
  const { job, schedule } = scheduled;
  const expected = expectedTicks(schedule, span, appliesSince(record));
  const byStep = new Map(recorded.map((cell) => [cell.step, cell]));
  const owed = owedBySteps({ scheduled, record }, span, now);
  const steps = [...new Set([...expected.keys(), ...byStep.keys()])].sort((a, b) => a - b);
  const cells = steps.map((step) =>
    cellOf(
      {
        step,
        expected: expected.get(step) ?? null,
        recorded: byStep.get(step) ?? null,
        owed: owed.get(step) ?? 0,
        isAhead: (expected.get(step)?.first ?? stepStart(span, step)) > dueThrough(job.delayMs, now),
      },
      scheduled,
    ),
  );
  return { job: job.name, cells };
}

/** The first recorded schedule also applies to all time before. */
function appliesSince(record: JobRecord | null): Instant | null {
  const schedules = record?.schedules ?? [];
  return schedules.length > 1 ? schedules.at(-1)!.since : null;
}

/** Ticks up to the watermark are done, also those whose record was removed. */
function owedBySteps(
  { scheduled: { job, schedule }, record }: RowSource,
  { from, stepMs, steps }: MatrixSpan,
  now: Instant,
): ReadonlyMap<number, number> {
  const owed = new Map<number, number>();
  if (record === null) return owed;
  const after = Math.max(record.watermark, from - 1) as Instant;
  const through = Math.min(dueThrough(job.delayMs, now), from + stepMs * steps - 1) as Instant;
  let counted = 0;
  for (const tick of schedule.between(after, through)) {
    if (tick === record.running?.tick) continue;
    if ((counted += 1) > MOST_OWED) break;
    const step = Math.floor((tick - from) / stepMs);
    owed.set(step, (owed.get(step) ?? 0) + 1);
  }
  return owed;
}

const MOST_OWED = 6_000;

interface CellSource {
  readonly step: number;
  readonly expected: ExpectedTicks | null;
  readonly recorded: RunCell | null;
  readonly owed: number;
  readonly isAhead: boolean;
}

function cellOf(source: CellSource, scheduled: ScheduledJob): MatrixCell {
  const { step, expected, recorded, owed } = source;
  const ticks = Math.max(expected?.count ?? 0, recorded?.ticks ?? 0);
  const isUncounted = (expected?.isUncounted ?? false) && recorded !== null && recorded.ticks > 1;
  return {
    step,
    state: stateOf(source, scheduled),
    ticks: expected?.isUncounted ? (recorded === null ? null : recorded.ticks) : ticks,
    owed,
    tick:
      ticks === 1 && !isUncounted && !expected?.isUncounted
        ? (recorded?.newestTick ?? expected!.first)
        : null,
    recorded,
  };
}

function stateOf({ recorded, owed, isAhead }: CellSource, scheduled: ScheduledJob): TickState {
  if (recorded !== null && recorded.failed > 0) return 'failed';
  if (owed > 0) return 'owed';
  if (recorded === null) return isAhead ? 'ahead' : 'unrecorded';
  if (recorded.running > 0) return 'running';
  if (recorded.skipped > 0) return 'skipped';
  if (recorded.failedItems > 0) return 'items-failed';
  if (recorded.late > 0) return isCaughtUp(recorded, scheduled) ? 'caught-up' : 'late';
  if (recorded.repeated > 0) return 'taken-over';
  if (recorded.idle === recorded.ticks) return 'idle';
  return 'succeeded';
}

/** The longest lateness of several ticks is compared with the interval after the newest: exact for one tick. */
function isCaughtUp({ newestTick, maxLatenessMs }: RunCell, { job, schedule }: ScheduledJob): boolean {
  const next = schedule.next(newestTick);
  return (
    next !== null && maxLatenessMs !== null && addMs(newestTick, maxLatenessMs) >= addMs(next, job.delayMs)
  );
}
