import type { Verdict } from './verdict.ts';
import type { JobDefinition } from '../jobs/job-definition.ts';
import type { ScheduledJob } from '../jobs/scheduled-job.ts';
import { RECENT_RUNS, type RecentRun, type Run } from '../jobs/run.ts';
import type { JobRecord } from '../jobs/job-registry.ts';
import type { LeasedRun } from '../jobs/run-overview.ts';
import { HOUR_MS, SECOND_MS, maxInstant, type Instant } from '../time/instant.ts';
import { redactSecrets } from '../secrets/redact-secrets.ts';
import type { Schedule } from '../time/schedule.ts';
import { isAhead } from './ahead.ts';
import { failures, isFailing } from './failing.ts';

/** How long an attempt may take to end after its timeout. After that, the job is `stuck`. */
export const ENDING_MS: number = 30 * SECOND_MS;

/** A job's health, computed from the ledger alone: every instance returns the same. */
export interface JobHealth {
  readonly job: string;
  readonly verdict: Verdict;
  /** The newest tick that succeeded. */
  readonly lastSuccessTick: Instant | null;
  /** Time since `lastSuccessTick`, or since the job was registered or resumed. Milliseconds. */
  readonly lagMs: number;
  /** The maximum of `lagMs`: how long the next success may take. Milliseconds; `null`: unlimited. */
  readonly windowMs: number | null;
  /** The duration of the run of `lastSuccessTick`, from its first start. Milliseconds. */
  readonly lastDurationMs: number | null;
  /** The median duration of the recent successful runs. Milliseconds; `null` if there is none. */
  readonly usualDurationMs: number | null;
  /** Items that failed in the newest run that ended. */
  readonly failedItems: number;
  /** How many runs the job's failing rule took into account. */
  readonly recentRuns: number;
  /** How many of these runs failed. */
  readonly recentFailures: number;
  /**
   * The error of the newest run that ended, if it failed; if the job is failing, the error of the newest failed run.
   */
  readonly lastError: string | null;
  readonly nextTick: Instant | null;
  /** No tick up to this future instant (by the store's clock) can start; `null` unless the job is `ahead`. */
  readonly aheadThrough: Instant | null;
  /** The tick of the active run. */
  readonly runningTick: Instant | null;
  /** When the active attempt began. */
  readonly runningSince: Instant | null;
}

/** A job's health, with the record that it was judged by. */
export interface JudgedJob {
  readonly health: JobHealth;
  readonly record: JobRecord;
}

/** Judges the jobs that are registered in the ledger. */
export function judgeJobs(
  jobs: readonly ScheduledJob[],
  records: readonly JobRecord[],
  now: Instant,
): readonly JudgedJob[] {
  const byJob = new Map(records.map((record) => [record.job, record]));
  return jobs.flatMap(({ job, schedule }) => {
    const record = byJob.get(job.name);
    return record ? [{ record, health: judgeJob({ job, schedule, record, now }) }] : [];
  });
}

/** What a job is judged by, in addition to its schedule and record. */
export type JudgedBy = Pick<JobDefinition, 'name' | 'lateAfterMs' | 'timeoutMs' | 'failing'>;

/** Judges a job by its record, its schedule and the current time. */
export function judgeJob({
  job,
  schedule,
  record,
  now,
}: {
  readonly job: JudgedBy;
  readonly schedule: Schedule;
  readonly record: JobRecord;
  readonly now: Instant;
}): JobHealth {
  const { lastSuccess, running } = record;
  const recent = endedRuns(record);
  const since = awaitedSince(record);
  const windowMs = lateAfterMs({ job, schedule }, since);
  const verdict = verdictOn({ job, schedule, record, now, since, windowMs });
  const looked = recent.slice(0, job.failing.sampleSize);
  const newestFailed = recent.find(({ status }) => status === 'failed');
  return {
    job: job.name,
    verdict,
    lastSuccessTick: lastSuccess?.tick ?? null,
    lagMs: Math.max(0, now - since),
    windowMs: windowMs === Infinity ? null : windowMs,
    lastDurationMs: lastSuccess && durationOf(lastSuccess),
    usualDurationMs: usualDuration(recent),
    failedItems: recent[0]?.failedItems ?? 0,
    recentRuns: looked.length,
    recentFailures: failures(looked),
    lastError:
      (verdict === 'failing' || newestFailed === recent[0]) && newestFailed?.error
        ? redactSecrets(newestFailed.error)
        : null,
    nextTick: schedule.next(now),
    aheadThrough: isAhead(record) ? record.furthest : null,
    runningTick: running?.tick ?? null,
    runningSince: running?.attemptedAt ?? null,
  };
}

/** Returns the first verdict that applies, checking the most severe ones first. */
function verdictOn({
  job,
  schedule,
  record,
  now,
  since,
  windowMs,
}: {
  readonly job: JudgedBy;
  readonly schedule: Schedule;
  readonly record: JobRecord;
  readonly now: Instant;
  readonly since: Instant;
  readonly windowMs: number;
}): Verdict {
  const { lastSuccess, running } = record;
  const recent = endedRuns(record);
  const isOver = now - since > windowMs;
  if (record.pausedAt !== null) return 'paused';
  if (isAhead(record)) return 'ahead';
  if (running && isOverrun(job, running, now)) return 'stuck';
  // This verdict ends only with a run that began after the window. A job that is catching up is `late` until it has
  // caught up.
  if (running && isOver && (running.startedAt ?? now) - since <= windowMs) return 'stuck';
  // If a failing job has also stopped running, report `late`, not `failing`.
  const endedSince = maxInstant(since, recent[0]?.tick ?? null);
  const isRun = (): boolean => now - endedSince <= lateAfterMs({ job, schedule }, endedSince);
  if (isFailing(recent, job.failing) && isRun()) return 'failing';
  if (!isOver) return 'healthy';
  return lastSuccess === null && recent.length === 0 ? 'never-ran' : 'late';
}

/**
 * Returns the newest runs that ended, newest tick first. A failed run that is being repeated counts as failed until it
 * ends.
 */
function endedRuns({ running, recent }: JobRecord): readonly RecentRun[] {
  if (running === null || running.error === null) return recent;
  const { tick, failedItems, error } = running;
  const again: RecentRun = { tick, status: 'failed', failedItems, error, durationMs: 0 };
  return [...recent, again].sort((a, b) => b.tick - a.tick).slice(0, RECENT_RUNS);
}

/**
 * Returns whether the active attempt should have ended, or been taken over, some time ago. No attempt is active on a run
 * that is divided: each of its shards has its own time.
 */
function isOverrun({ timeoutMs }: JudgedBy, { attemptedAt, leaseUntil }: LeasedRun, now: Instant): boolean {
  return leaseUntil !== null && attemptedAt !== null && now - attemptedAt > timeoutMs + ENDING_MS;
}

/**
 * Returns when a job's window begins. A resumed job gets a new window; a run by hand of a tick from before its
 * registration does not move the window back.
 */
function awaitedSince({ lastSuccess, startsAfter, registeredAt, resumedAt }: JobRecord): Instant {
  const isAwaited = lastSuccess !== null && lastSuccess.tick > startsAfter;
  return maxInstant(isAwaited ? lastSuccess.tick : registeredAt, resumedAt);
}

function durationOf({ startedAt, finishedAt }: Run): number | null {
  return startedAt === null || finishedAt === null ? null : finishedAt - startedAt;
}

function usualDuration(recent: readonly RecentRun[]): number | null {
  const durations = recent
    .filter(({ status }) => status === 'succeeded')
    .map(({ durationMs }) => durationMs)
    .sort((a, b) => a - b);
  const middle = durations.length >> 1;
  const upper = durations[middle];
  if (upper === undefined) return null;
  return durations.length % 2 === 1 ? upper : Math.round((durations[middle - 1]! + upper) / 2);
}

/** Returns how long after a tick (or the registration) a job's next success may take. Milliseconds. */
export function lateAfterMs(
  { job, schedule }: { readonly job: Pick<JobDefinition, 'lateAfterMs'>; readonly schedule: Schedule },
  since: Instant,
): number {
  return job.lateAfterMs ?? intervalAfter(schedule, since) + HOUR_MS;
}

/** Returns the time until the next expected tick. Months differ in length, so the exact interval matters. */
function intervalAfter(schedule: Schedule, since: Instant): number {
  const awaited = schedule.next(since);
  return awaited === null ? Infinity : awaited - since;
}
