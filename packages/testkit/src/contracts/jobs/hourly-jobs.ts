import type { JobRegistration } from '@gamekeeper/core/ports';

/** Jobs of these names, due every hour, as a ledger is told of them. */
export function hourlyJobs(...names: readonly string[]): readonly JobRegistration[] {
  return names.map((job) => ({ job, schedule: { cron: '0 * * * *' } }));
}
