import { createJobHost, type JobHost, type JobHostOptions, type JobOverrides } from '@gamekeeper/composition';
import { silentLogger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters } from '@gamekeeper/testkit';

/** A host in memory, a quarter of an hour before the first tick of the built-in jobs, with a clock that the test holds. */
export function memoryHost({ modules = [], ...options }: Partial<JobHostOptions> = {}): {
  readonly host: JobHost;
  readonly clock: VirtualClock;
} {
  const clock = new VirtualClock('2026-11-24T11:45:00Z');
  const host = createJobHost({
    modules: [memoryAdapters(), cronerScheduler(), ...modules],
    clock,
    logger: silentLogger,
    ...options,
  });
  return { host, clock };
}

/** Overrides that leave a host with nothing but jobs of its own. */
export function noBuiltInJobs(): Record<string, JobOverrides> {
  const { host } = memoryHost();
  return Object.fromEntries(host.jobs.map(({ job }) => [job.name, { enabled: false }]));
}
