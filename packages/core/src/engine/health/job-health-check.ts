import { defineJob, type JobDefinition } from '../jobs/job-definition.ts';
import { areAllHealthy } from './all-healthy.ts';
import { inspectJobs, type InspectionPorts } from './inspection.ts';

/** The job that judges all jobs, records each verdict that changed and raises its alert. */
export function jobHealthCheck(ports: InspectionPorts): JobDefinition {
  return defineJob({
    name: 'job-health',
    schedule: { cron: '*/5 * * * *' },
    missedTicks: 'none',
    isIdle: async (asOf) => areAllHealthy(ports.jobs(), await ports.jobRegistry.summaries(), asOf),
    batch: async ({ tx, asOf }) => {
      const { recorded } = await inspectJobs(tx, ports, asOf);
      return { processed: recorded, next: null };
    },
  });
}
