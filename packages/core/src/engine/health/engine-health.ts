import { OUTBOX_CHECK } from '../events/outbox-check.ts';
import type { OutboxLag } from '../events/outbox-partitions.ts';
import type { ScheduledJob } from '../jobs/scheduled-job.ts';
import type { JobRecord, JobRegistry } from '../jobs/job-registry.ts';
import type { Clock } from '../time/clock.ts';
import type { Instant } from '../time/instant.ts';
import type { StoreTime } from '../time/store-time.ts';
import type { AlertLag, AlertLog } from './alert-log.ts';
import { judgeCheck, type CheckHealth, type HealthCheck } from './check.ts';
import { judgeJobs, type JobHealth } from './job-health.ts';
import type { Degradation } from './outage.ts';
import type { Outages } from './outages.ts';
import { isUnhealthy } from './verdict.ts';

/** The health of all jobs and checks, computed from the store and its clock: every instance returns the same. */
export interface EngineHealth {
  /** Whether the store knows all jobs, and no job or check is unhealthy. */
  readonly healthy: boolean;
  /** The store's time when the health was computed. */
  readonly judgedAt: Instant;
  readonly jobs: readonly JobHealth[];
  readonly checks: readonly CheckHealth[];
  /** Undelivered events; `null` if no bus is bound. */
  readonly outbox: OutboxLag | null;
  /** Alerts that channels should have received by now but did not. */
  readonly alerts: AlertLag;
  /**
   * Optional dependencies of this process that are unavailable now, such as a cache: the only part that differs
   * between instances. They do not make the host unhealthy.
   */
  readonly degraded: readonly Degradation[];
}

/** What a host's health is computed from. */
export interface EngineHealthPorts {
  readonly jobRegistry: Pick<JobRegistry, 'records'>;
  readonly storeTime: StoreTime;
  readonly clock: Clock;
  readonly jobs: readonly ScheduledJob[];
  readonly checks: readonly HealthCheck[];
  readonly outages: Pick<Outages, 'current'>;
  readonly alertLog: Pick<AlertLog, 'lag'>;
}

/** A host's health, with the records that its jobs were judged by. */
export interface JudgedEngine extends EngineHealth {
  readonly records: readonly JobRecord[];
}

/** Computes a host's health. Changes nothing; costs one query for the jobs and one or two for each check. */
export async function engineHealth({
  storeTime,
  jobRegistry,
  clock,
  jobs: scheduled,
  checks: all,
  outages,
  alertLog,
}: EngineHealthPorts): Promise<JudgedEngine> {
  const now = await storeTime.now();
  const records = await jobRegistry.records();
  const jobs = judgeJobs(scheduled, records, now).map(({ health }) => health);
  const checks = await Promise.all(all.map((check) => judgeCheck(check, now, clock)));
  const isWell = ({ verdict }: JobHealth | CheckHealth): boolean => !isUnhealthy(verdict);
  return {
    healthy: jobs.length === scheduled.length && jobs.every(isWell) && checks.every(isWell),
    judgedAt: now,
    jobs,
    checks,
    outbox: factsOf<OutboxLag>({ checks }, OUTBOX_CHECK),
    alerts: await alertLog.lag(),
    degraded: outages.current(),
    records,
  };
}

/** Returns the facts of one of our own checks; `null` if the host does not have it, or it failed. */
export function factsOf<Facts extends object>(
  { checks }: Pick<EngineHealth, 'checks'>,
  name: string,
): Facts | null {
  return (checks.find(({ check }) => check === name)?.facts ?? null) as Facts | null;
}
