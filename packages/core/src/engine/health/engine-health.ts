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

/** How everything that runs by itself is doing, judged from the store by its clock: every instance reports the same. */
export interface EngineHealth {
  /** Whether the store knows all jobs, and no job and no check is in trouble. */
  readonly healthy: boolean;
  /** The store's clock when it was judged. */
  readonly judgedAt: Instant;
  readonly jobs: readonly JobHealth[];
  readonly checks: readonly CheckHealth[];
  /** Events that wait for delivery; `null` where no bus is bound. */
  readonly outbox: OutboxLag | null;
  /** Alerts that channels should have received by now and did not. */
  readonly alerts: AlertLag;
  /**
   * What this process can do without for a while and cannot use now, such as a cache: the only part that differs between
   * instances. It makes no host unhealthy.
   */
  readonly degraded: readonly Degradation[];
}

/** What a host's health is judged from. */
export interface EngineHealthPorts {
  readonly jobRegistry: Pick<JobRegistry, 'records'>;
  readonly storeTime: StoreTime;
  readonly clock: Clock;
  readonly jobs: readonly ScheduledJob[];
  readonly checks: readonly HealthCheck[];
  readonly outages: Pick<Outages, 'current'>;
  readonly alertLog: Pick<AlertLog, 'lag'>;
}

/** A host's health with the records that its jobs were judged by. */
export interface JudgedEngine extends EngineHealth {
  readonly records: readonly JobRecord[];
}

/** Judges a host. It changes nothing, and costs the store one look for the jobs, and one or two for each check. */
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

/** The facts of one of our own checks; `null` where the host does not have it, or it could not judge. */
export function factsOf<Facts extends object>(
  { checks }: Pick<EngineHealth, 'checks'>,
  name: string,
): Facts | null {
  return (checks.find(({ check }) => check === name)?.facts ?? null) as Facts | null;
}
