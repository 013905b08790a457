import type { Verdict } from './verdict.ts';
import type { JobDefinition } from '../jobs/job-definition.ts';
import type { ScheduledJob } from '../jobs/scheduled-job.ts';
import { RECENT_RUNS, type RecentRun, type Run } from '../jobs/run.ts';
import type { JobRecord } from '../jobs/job-registry.ts';
import { HOUR_MS, SECOND_MS, maxInstant, type Instant } from '../time/instant.ts';
import { redactSecrets } from '../secrets/redact-secrets.ts';
import type { Schedule } from '../time/schedule.ts';
import { isAhead } from './ahead.ts';
import { failures, isFailing } from './failing.ts';

/** How long an attempt at a run may take to end once its time limit is over. It is called stuck after that. */
export const ENDING_MS: number = 30 * SECOND_MS;

/** How a job is doing, from the ledger alone: any instance comes to the same answer. */
export interface JobHealth {
  readonly job: string;
  readonly verdict: Verdict;
  /** The newest tick that succeeded. */
  readonly lastSuccessTick: Instant | null;
  /** Milliseconds since that tick, or since the job was registered or resumed. */
  readonly lagMs: number;
  /** The most that the lag may be: how long the next success may be awaited. Milliseconds; `null`: for ever. */
  readonly windowMs: number | null;
  /** How long that run took, from its first start. Milliseconds. */
  readonly lastDurationMs: number | null;
  /** The median of what the recent runs that succeeded took. Milliseconds; `null` when none has. */
  readonly usualDurationMs: number | null;
  /** Items that failed in the newest run that ended. */
  readonly failedItems: number;
  /** How many runs have ended, of the newest that the job's rule of failing looks at. */
  readonly recentRuns: number;
  /** How many of these have failed. */
  readonly recentFailures: number;
  /** What the newest run that ended said when it failed; where the job is failing, what the newest that failed said. */
  readonly lastError: string | null;
  readonly nextTick: Instant | null;
  /** Through which instant, yet to come by the store's clock, no tick begins; `null` unless it is ahead. */
  readonly aheadThrough: Instant | null;
  /** The tick that is being run. */
  readonly runningTick: Instant | null;
  /** Since when an attempt has been at work on it. */
  readonly runningSince: Instant | null;
}

/** A job's health with the record that it was judged by. */
export interface JudgedJob {
  readonly health: JobHealth;
  readonly record: JobRecord;
}

/** Judges those jobs that the ledger knows. */
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

/** What a job is judged by, beside its schedule and its record. */
export type JudgedBy = Pick<JobDefinition, 'name' | 'lateAfterMs' | 'timeoutMs' | 'failing'>;

/** Judges a job by its record, its schedule and the present. */
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

/** The rules, from the gravest on. */
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
  // A run that began after the window is what ends the trouble: a job that catches up is late until it has.
  if (running && isOver && (running.startedAt ?? now) - since <= windowMs) return 'stuck';
  // Of a job that fails, but is run no more, its failures are not the worst.
  const endedSince = maxInstant(since, recent[0]?.tick ?? null);
  const isRun = (): boolean => now - endedSince <= lateAfterMs({ job, schedule }, endedSince);
  if (isFailing(recent, job.failing) && isRun()) return 'failing';
  if (!isOver) return 'healthy';
  return lastSuccess === null && recent.length === 0 ? 'never-ran' : 'late';
}

/** The newest runs that have ended, newest tick first. One that failed and is done again has failed until it ends. */
function endedRuns({ running, recent }: JobRecord): readonly RecentRun[] {
  if (running === null || running.error === null) return recent;
  const { tick, failedItems, error } = running;
  const again: RecentRun = { tick, status: 'failed', failedItems, error, durationMs: 0 };
  return [...recent, again].sort((a, b) => b.tick - a.tick).slice(0, RECENT_RUNS);
}

/** Whether the attempt at work should have ended by itself, or been taken over, some time ago. */
function isOverrun({ timeoutMs }: JudgedBy, { attemptedAt }: Run, now: Instant): boolean {
  return attemptedAt !== null && now - attemptedAt > timeoutMs + ENDING_MS;
}

/** Where a job's window begins. One that was paused is given its window anew. */
function awaitedSince({ lastSuccess, registeredAt, resumedAt }: JobRecord): Instant {
  return maxInstant(lastSuccess?.tick ?? registeredAt, resumedAt);
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

/** For how long after a tick (or its registration) a job's next success may be awaited. Milliseconds. */
export function lateAfterMs(
  { job, schedule }: { readonly job: Pick<JobDefinition, 'lateAfterMs'>; readonly schedule: Schedule },
  since: Instant,
): number {
  return job.lateAfterMs ?? intervalAfter(schedule, since) + HOUR_MS;
}

/** The time until the tick that is awaited next. Months differ, so it matters which interval is meant. */
function intervalAfter(schedule: Schedule, since: Instant): number {
  const awaited = schedule.next(since);
  return awaited === null ? Infinity : awaited - since;
}
