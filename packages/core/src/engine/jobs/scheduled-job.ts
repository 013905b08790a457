import type { Schedule } from '../time/schedule.ts';
import type { JobDefinition } from './job-definition.ts';

/** A job with its schedule read. */
export interface ScheduledJob {
  readonly job: JobDefinition;
  readonly schedule: Schedule;
}
