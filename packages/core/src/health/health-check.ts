import { defineJob, type JobDefinition } from '../jobs/job-definition.ts';
import type { JobLedger, JobPulse, VerdictRecord } from '../jobs/job-ledger.ts';
import type { ScheduledJob } from '../jobs/job-engine.ts';
import type { RunObserver } from '../jobs/run-observer.ts';
import type { Instant } from '../time/instant.ts';
import { judgeJob, lateAfterMs } from './job-health.ts';

/**
 * The job that judges all jobs and records each verdict that changed.
 *
 * @param ports.jobs the jobs of the host, asked for when the check runs
 */
export function healthCheck(ports: {
  readonly ledger: JobLedger;
  readonly jobs: () => readonly ScheduledJob[];
  readonly observer: Required<RunObserver>;
}): JobDefinition {
  return defineJob({
    name: 'job-health',
    schedule: { cron: '*/5 * * * *' },
    missedTicks: 'none',
    isIdle: async (asOf) => isAllWell(ports.jobs(), await ports.ledger.pulse(), asOf),
    batch: async ({ tx, asOf: now }) => {
      const records = new Map((await ports.ledger.records(tx)).map((record) => [record.job, record]));
      const changes: VerdictRecord[] = [];
      for (const { job, schedule } of ports.jobs()) {
        const record = records.get(job.name);
        if (!record) continue;
        const health = judgeJob({ job, schedule, record, now });
        if (health.verdict === record.judged?.verdict) continue;
        changes.push({ job: job.name, verdict: health.verdict, since: now });
        ports.observer.verdictChanged(health, record.judged);
      }
      if (changes.length > 0) await ports.ledger.recordVerdicts(tx, changes);
      return { processed: changes.length, next: null };
    },
  });
}

/** Whether every job is on record as healthy and its newest run says so still: what {@link judgeJob} would find, too. */
function isAllWell(jobs: readonly ScheduledJob[], pulses: readonly JobPulse[], now: Instant): boolean {
  const byJob = new Map(pulses.map((pulse) => [pulse.job, pulse]));
  return jobs.every((scheduled) => {
    const pulse = byJob.get(scheduled.job.name);
    if (pulse?.verdict !== 'healthy') return false;
    if (pulse.status !== null && pulse.status !== 'succeeded') return false;
    return now - pulse.since <= lateAfterMs(scheduled, pulse.since);
  });
}
