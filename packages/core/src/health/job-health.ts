import type { Verdict } from './verdict.ts';
import type { JobDefinition } from '../jobs/job-definition.ts';
import type { ScheduledJob } from '../jobs/job-engine.ts';
import type { JobRecord } from '../jobs/job-ledger.ts';
import { HOUR_MS, laterOf, type Instant } from '../time/instant.ts';
import type { Schedule } from '../time/schedule.ts';

/** How a job is doing, from the ledger alone: any instance comes to the same answer. */
export interface JobHealth {
  readonly job: string;
  readonly verdict: Verdict;
  /** The newest tick that succeeded. */
  readonly lastSuccessTick: Instant | null;
  /** Milliseconds since that tick, or since the job was registered or resumed. */
  readonly lagMs: number;
  /** How long that run took, from its first start. Milliseconds. */
  readonly lastDurationMs: number | null;
  /** Items that failed in the newest run that ended. */
  readonly failedItems: number;
  /** What the newest run that ended said when it failed; `null` when it did not. */
  readonly lastError: string | null;
  readonly nextTick: Instant | null;
  /** The tick that is being run. */
  readonly runningTick: Instant | null;
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

/** Judges a job by its record, its schedule and the present. */
export function judgeJob({
  job,
  schedule,
  record,
  now,
}: {
  readonly job: Pick<JobDefinition, 'name' | 'lateAfterMs'>;
  readonly schedule: Schedule;
  readonly record: JobRecord;
  readonly now: Instant;
}): JobHealth {
  const { lastSuccess, lastEnded, running } = record;
  // A job that was paused is given its window anew.
  const since = laterOf(lastSuccess?.tick ?? record.registeredAt, record.resumedAt);
  const lagMs = Math.max(0, now - since);
  const windowMs = lateAfterMs({ job, schedule }, since);
  return {
    job: job.name,
    verdict: verdict(),
    lastSuccessTick: lastSuccess?.tick ?? null,
    lagMs,
    lastDurationMs:
      lastSuccess?.finishedAt != null && lastSuccess.startedAt !== null
        ? lastSuccess.finishedAt - lastSuccess.startedAt
        : null,
    failedItems: lastEnded?.failedItems ?? 0,
    lastError: lastEnded?.status === 'failed' ? lastEnded.error : null,
    nextTick: schedule.next(now),
    runningTick: running?.tick ?? null,
  };

  function verdict(): Verdict {
    if (record.pausedAt !== null) return 'paused';
    if (lagMs > windowMs && running !== null) return 'stuck';
    if (lastEnded?.status === 'failed') return 'failing';
    if (lagMs <= windowMs) return 'healthy';
    return lastSuccess === null ? 'never-ran' : 'late';
  }
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
