import type { JobRegistration } from '@gamekeeper/core/ports';

/** Returns registrations of hourly jobs with these names. */
export function hourlyJobs(...names: readonly string[]): readonly JobRegistration[] {
  return names.map((job) => ({ job, schedule: { cron: '0 * * * *' } }));
}
