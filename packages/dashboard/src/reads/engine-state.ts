import {
  addMs,
  instant,
  type HostHealth,
  type Instant,
  type JobHealth,
  type ScheduledJob,
  type WithDates,
} from '@gamekeeper/core';
import type { JobRecord } from '@gamekeeper/core/ports';
import type { DashboardHost } from '../dashboard-host.ts';
import type { HostPorts } from './host-ports.ts';

/** Ticks of a job that should have begun by now, and for which the ledger has nothing. */
export interface OwedTicks {
  readonly count: number;
  /** Whether there are more than were counted. */
  readonly isMore: boolean;
  readonly oldest: Instant | null;
}

/** A job of the host as the store knows it. */
export interface JobState {
  readonly name: string;
  readonly scheduled: ScheduledJob;
  /** `null`: not registered in this store. */
  readonly record: JobRecord | null;
  readonly health: WithDates<JobHealth> | null;
  readonly owed: OwedTicks;
}

/** The state of all jobs and checks at an instant of the store's clock. */
export interface EngineState {
  readonly now: Instant;
  readonly health: WithDates<HostHealth>;
  readonly jobs: readonly JobState[];
  /** Jobs in the store that this host does not have. */
  readonly others: readonly JobRecord[];
}

/** How long after it is due a tick is owed: a run needs a moment to begin. Milliseconds. */
export const OWED_AFTER_MS = 30_000;

const MOST_COUNTED = 1_000;

/** Reads the state of all jobs and checks. */
export async function readEngineState(host: DashboardHost, { jobRegistry }: HostPorts): Promise<EngineState> {
  const health = await host.health();
  const records = new Map((await jobRegistry.records()).map((record) => [record.job, record]));
  const byJob = new Map(health.jobs.map((one) => [one.job, one]));
  const now = instant(health.judgedAt);
  const jobs = host.jobs.map((scheduled): JobState => {
    const { name } = scheduled.job;
    const record = records.get(name) ?? null;
    return {
      name,
      scheduled,
      record,
      health: byJob.get(name) ?? null,
      owed: owedTicks(scheduled, record, now),
    };
  });
  const own = new Set(jobs.map(({ name }) => name));
  return { now, health, jobs, others: [...records.values()].filter(({ job }) => !own.has(job)) };
}

/** Returns the ticks after the watermark that are due and not being run. */
export function owedTicks(
  { job, schedule }: ScheduledJob,
  record: JobRecord | null,
  now: Instant,
): OwedTicks {
  if (record === null) return { count: 0, isMore: false, oldest: null };
  let counted = 0;
  let oldest: Instant | null = null;
  for (const tick of schedule.between(record.watermark, dueThrough(job.delayMs, now))) {
    if (tick === record.running?.tick) continue;
    if (counted === MOST_COUNTED) return { count: counted, isMore: true, oldest };
    oldest ??= tick;
    counted += 1;
  }
  return { count: counted, isMore: false, oldest };
}

/** Returns the instant up to which ticks should have begun. */
export function dueThrough(delayMs: number, now: Instant): Instant {
  return addMs(now, -delayMs - OWED_AFTER_MS);
}
