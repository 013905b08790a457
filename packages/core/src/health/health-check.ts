import { defineJob, type JobDefinition } from '../jobs/job-definition.ts';
import type { ScheduledJob } from '../jobs/job-engine.ts';
import type { JobPulse } from '../jobs/job-ledger.ts';
import type { Instant } from '../time/instant.ts';
import { isFailing } from './failing.ts';
import { inspect, type InspectionPorts } from './inspection.ts';
import { lateAfterMs } from './job-health.ts';

/** The job that judges all jobs, records each verdict that changed and raises its alert. */
export function healthCheck(ports: InspectionPorts): JobDefinition {
  return defineJob({
    name: 'job-health',
    schedule: { cron: '*/5 * * * *' },
    missedTicks: 'none',
    isIdle: async (asOf) => isAllWell(ports.jobs(), await ports.ledger.pulse(), asOf),
    batch: async ({ tx, asOf }) => {
      const { recorded } = await inspect(tx, ports, asOf);
      return { processed: recorded, next: null };
    },
  });
}

/** Whether every job is on record as healthy and the ledger says so still: only when `judgeJob` would find so, too. */
export function isAllWell(jobs: readonly ScheduledJob[], pulses: readonly JobPulse[], now: Instant): boolean {
  const byJob = new Map(pulses.map((pulse) => [pulse.job, pulse]));
  return jobs.every((scheduled) => {
    const pulse = byJob.get(scheduled.job.name);
    if (pulse?.verdict !== 'healthy' || pulse.paused || pulse.running) return false;
    if (pulse.status !== null && pulse.status !== 'succeeded') return false;
    if (isFailing(pulse.recent, scheduled.job.failing)) return false;
    return now - pulse.since <= lateAfterMs(scheduled, pulse.since);
  });
}
