import type { CheckFinding, HealthCheck } from '../../engine/health/check.ts';
import { lateAfterMs } from '../../engine/health/job-health.ts';
import { formatDuration } from '../../engine/health/format-duration.ts';
import type { ScheduledJob } from '../../engine/jobs/scheduled-job.ts';
import type { RunLedger } from '../../engine/jobs/run-ledger.ts';
import type { JobRecord, JobRegistry } from '../../engine/jobs/job-registry.ts';
import { HOUR_MS, MINUTE_MS, iso, addMs, maxInstant, type Instant } from '../../engine/time/instant.ts';
import type { Board } from './board.ts';
import type { PeriodResets, UnfinishedPeriod } from './period-resets.ts';

/** A period of a board that has ended and is not sealed yet. */
export interface UnsealedPeriod {
  readonly board: string;
  readonly period: string;
  readonly endedAt: Instant;
  /** Time since its end. Milliseconds. */
  readonly ageMs: number;
}

/** A sealed period of a board whose reset is not finished. */
export interface UnfinishedReset {
  readonly board: string;
  readonly period: string;
  /** The tick that sealed it. */
  readonly sealedAt: Instant;
  /** Whether all of its players are archived. */
  readonly isArchived: boolean;
  /** Time since the run that sealed it began. Milliseconds. */
  readonly ageMs: number;
}

/** The facts of a {@link boardCheck}. */
export interface BoardFacts {
  /** The oldest ended period that is not sealed; `null` if there is none. */
  readonly oldestUnsealed: UnsealedPeriod | null;
  /** The oldest sealed period whose reset is not finished; `null` if there is none. */
  readonly oldestUnfinished: UnfinishedReset | null;
}

/** The collaborators of a {@link boardCheck}. */
export interface BoardCheckPorts {
  readonly periodResets: Pick<PeriodResets, 'unfinished'>;
  readonly ledger: Pick<RunLedger, 'runs'>;
  readonly jobRegistry: Pick<JobRegistry, 'records'>;
  /** The job that resets the board, as configured on this host. */
  readonly reset: ScheduledJob;
  /** How long the reset of a sealed period may be unfinished. Milliseconds. */
  readonly maxUnfinishedMs: number;
}

/** How long a reset may take to archive a board of millions of players. */
export const MAX_UNFINISHED_MS: number = 10 * MINUTE_MS;

/** Returns the name of a board's check. */
export function boardCheckName(board: Board): string {
  return `board-${board.key}`;
}

/**
 * Returns the check that reports an ended period that was not sealed in time, and a sealed one whose reset did not
 * finish. It reads the board's periods once, and once more if a period is overdue.
 */
export function boardCheck(board: Board, ports: BoardCheckPorts): HealthCheck<BoardFacts> {
  return { name: boardCheckName(board), judge: (now) => judgeBoard(board, ports, now) };
}

async function judgeBoard(board: Board, ports: BoardCheckPorts, now: Instant) {
  const periods = await ports.periodResets.unfinished(board, now);
  const open = periods.find(({ sealedAt }) => sealedAt === null);
  const sealed = periods.find(({ sealedAt }) => sealedAt !== null);
  const oldestUnsealed = open
    ? { board: board.key, period: open.key, endedAt: open.endsAt, ageMs: now - open.endsAt }
    : null;
  const oldestUnfinished = sealed ? await unfinishedReset(board, ports, sealed, now) : null;
  const isOverdue =
    (open !== undefined && isUnsealedTooLong(ports.reset, open.endsAt, null, now)) ||
    (oldestUnfinished !== null && oldestUnfinished.ageMs > ports.maxUnfinishedMs);
  const finding = isOverdue ? await findingOf(ports, { oldestUnsealed, oldestUnfinished }, now) : null;
  return { facts: { oldestUnsealed, oldestUnfinished }, finding };
}

async function unfinishedReset(
  board: Board,
  { ledger, reset }: BoardCheckPorts,
  { key, sealedAt, players }: UnfinishedPeriod,
  now: Instant,
): Promise<UnfinishedReset | null> {
  if (sealedAt === null) return null;
  // A period is sealed by a tick, which may have been run late.
  const [run] = await ledger.runs(reset.job.name, { before: addMs(sealedAt, 1), limit: 1 });
  const begunAt = run?.tick === sealedAt ? (run.startedAt ?? sealedAt) : sealedAt;
  const ageMs = Math.max(0, now - begunAt);
  return { board: board.key, period: key, sealedAt, isArchived: players !== null, ageMs };
}

/** Returns no finding while the reset is paused on purpose; a resumed reset gets its full time again. */
async function findingOf(
  { jobRegistry, reset, maxUnfinishedMs }: BoardCheckPorts,
  { oldestUnsealed, oldestUnfinished }: BoardFacts,
  now: Instant,
): Promise<CheckFinding | null> {
  const record = (await jobRegistry.records()).find(({ job }) => job === reset.job.name) ?? null;
  if (record && record.pausedAt !== null) return null;
  if (oldestUnsealed && isUnsealedTooLong(reset, oldestUnsealed.endedAt, record, now)) {
    const { period, endedAt, ageMs } = oldestUnsealed;
    const text = `${period} ended at ${iso(endedAt)}, ${formatDuration(ageMs)} ago, and is not sealed; ${reset.job.name} should have sealed it`;
    return { severity: 'critical', text, since: endedAt };
  }
  const resumedMs = record?.resumedAt == null ? Infinity : now - record.resumedAt;
  if (!oldestUnfinished || Math.min(oldestUnfinished.ageMs, resumedMs) <= maxUnfinishedMs) return null;
  const { period, isArchived, ageMs } = oldestUnfinished;
  const what = isArchived ? 'its reset is not finished' : 'its final standings are not archived';
  const text = `${period} was sealed ${formatDuration(ageMs)} ago and ${what}; ${reset.job.name} should have done it`;
  return { severity: 'warning', text, since: addMs(now, -ageMs) };
}

/**
 * Returns whether the first tick of the reset after a period's end is later than its job allows. A job without a
 * record is treated as if it had always existed.
 */
function isUnsealedTooLong(
  { job, schedule }: ScheduledJob,
  endedAt: Instant,
  record: Pick<JobRecord, 'registeredAt' | 'resumedAt'> | null,
  now: Instant,
): boolean {
  const tick = schedule.next(addMs(endedAt, -1)) ?? endedAt;
  const before = schedule.previous(tick) ?? endedAt;
  const since = record ? maxInstant(maxInstant(before, record.registeredAt), record.resumedAt) : before;
  const awaitedUntil = since + lateAfterMs({ job, schedule }, since);
  return now > Math.max(awaitedUntil, tick + job.delayMs + HOUR_MS);
}
