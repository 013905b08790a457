import { defineJob, instant, addMs, type Instant, type JobOptions, type RunObserver } from '@gamekeeper/core';
import { JobEngine, combineObservers, TimerScheduler } from '@gamekeeper/core/engine';
import { IntervalSchedule, VirtualClock, memoryStore } from '@gamekeeper/testkit';

/** The tick at which {@link sweepEngine} begins. */
export const tick: Instant = instant('2026-11-24T00:00:00Z');

/** Returns an in-memory engine with the hourly job `sweep` and one observer. */
export async function sweepEngine(
  observer: RunObserver,
  batch: JobOptions['batch'],
  options: Partial<JobOptions> = {},
): Promise<{ readonly engine: JobEngine; readonly clock: VirtualClock }> {
  const clock = new VirtualClock(tick);
  const job = defineJob({
    name: 'sweep',
    schedule: { cron: '0 * * * *' },
    retry: { maxAttempts: 2, initialDelayMs: 10 },
    batch,
    ...options,
  });
  const engine = new JobEngine({
    ...memoryStore(clock),
    jobs: [{ job, schedule: new IntervalSchedule(60) }],
    instanceId: 'one',
    clock,
    leaseMs: 15_000,
    scheduler: new TimerScheduler(clock),
    random: () => 0,
    observer: combineObservers([observer]),
  });
  await engine.register();
  return { engine, clock };
}

/** Runs one tick of the job `sweep`. */
export async function sweep(
  observer: RunObserver,
  batch: JobOptions['batch'],
  options: Partial<JobOptions> = {},
): Promise<void> {
  const { engine, clock } = await sweepEngine(observer, batch, options);
  engine.start();
  await clock.advanceTo(addMs(tick, 60));
  await engine.stop(0);
}
