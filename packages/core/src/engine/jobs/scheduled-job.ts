import type { Schedule } from '../time/schedule.ts';
import type { JobDefinition } from './job-definition.ts';

/** A job and its parsed schedule. */
export interface ScheduledJob {
  readonly job: JobDefinition;
  readonly schedule: Schedule;
}
