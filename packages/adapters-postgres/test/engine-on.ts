import type { JobDefinition } from '@gamekeeper/core';
import { JobEngine, TimerScheduler, combineObservers } from '@gamekeeper/core/engine';
import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import type { VirtualClock } from '@gamekeeper/testkit';
import type { PostgresHarness } from './postgres-harness.ts';

/** The ports of a harness's store, emptied for a test. */
export type Store = Awaited<ReturnType<PostgresHarness['empty']>>;

/** Returns an instance that runs one job on the store, at the job's own schedule; the job is registered. */
export async function engineOn(store: Store, job: JobDefinition, clock: VirtualClock): Promise<JobEngine> {
  const engine = new JobEngine({
    ...store,
    jobs: [{ job, schedule: new CronerScheduleParser().parse(job.schedule) }],
    instanceId: 'one',
    clock,
    leaseMs: 15_000,
    scheduler: new TimerScheduler(clock),
    random: () => 0,
    observer: combineObservers([]),
  });
  await engine.register();
  return engine;
}
