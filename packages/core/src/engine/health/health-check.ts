import { defineJob, type JobDefinition } from '../jobs/job-definition.ts';
import { isAllWell } from './all-well.ts';
import { inspect, type InspectionPorts } from './inspection.ts';

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
