import type { ScheduledJob } from '../jobs/scheduled-job.ts';
import type { JobSummary } from '../jobs/job-registry.ts';
import type { Instant } from '../time/instant.ts';
import { isAhead } from './ahead.ts';
import { isFailing } from './failing.ts';
import { lateAfterMs } from './job-health.ts';

/**
 * Returns whether every job is recorded as healthy and still is, judged by its summary. `true` only if `judgeJob`
 * would return `healthy` for all.
 */
export function areAllHealthy(
  jobs: readonly ScheduledJob[],
  pulses: readonly JobSummary[],
  now: Instant,
): boolean {
  const byJob = new Map(pulses.map((pulse) => [pulse.job, pulse]));
  return jobs.every((scheduled) => {
    const pulse = byJob.get(scheduled.job.name);
    if (pulse?.verdict !== 'healthy' || pulse.paused || pulse.running) return false;
    if (pulse.status !== null && pulse.status !== 'succeeded') return false;
    if (isAhead(pulse)) return false;
    if (isFailing(pulse.recent, scheduled.job.failing)) return false;
    return now - pulse.since <= lateAfterMs(scheduled, pulse.since);
  });
}
