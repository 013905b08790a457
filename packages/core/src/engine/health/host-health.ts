import type { ScheduledJob } from '../jobs/job-engine.ts';
import type { JobLedger, JobRecord } from '../jobs/job-ledger.ts';
import type { Clock } from '../time/clock.ts';
import type { Instant } from '../time/instant.ts';
import { judgeCheck, type CheckHealth, type HealthCheck } from './check.ts';
import { judgeJobs, type JobHealth } from './job-health.ts';
import { isTrouble } from './verdict.ts';

/** How everything that runs by itself is doing, judged from the store by its clock: any instance gives the same answer. */
export interface EngineHealth {
  /** Whether the store knows all jobs, and no job and no check is in trouble. */
  readonly healthy: boolean;
  /** The store's clock when it was judged. */
  readonly judgedAt: Instant;
  readonly jobs: readonly JobHealth[];
  readonly checks: readonly CheckHealth[];
}

/** What a host's health is judged from. */
export interface EngineHealthPorts {
  readonly ledger: JobLedger;
  readonly clock: Clock;
  readonly jobs: readonly ScheduledJob[];
  readonly checks: readonly HealthCheck[];
}

/** A host's health with the records that its jobs were judged by. */
export interface JudgedHost extends EngineHealth {
  readonly records: readonly JobRecord[];
}

/** Judges a host. It changes nothing, and costs the store one look for the jobs, and one or two for each check. */
export async function judgeHost({
  ledger,
  clock,
  jobs: scheduled,
  checks: all,
}: EngineHealthPorts): Promise<JudgedHost> {
  const now = await ledger.now();
  const records = await ledger.records();
  const jobs = judgeJobs(scheduled, records, now).map(({ health }) => health);
  const checks = await Promise.all(all.map((check) => judgeCheck(check, now, clock)));
  const isWell = ({ verdict }: JobHealth | CheckHealth): boolean => !isTrouble(verdict);
  return {
    healthy: jobs.length === scheduled.length && jobs.every(isWell) && checks.every(isWell),
    judgedAt: now,
    jobs,
    checks,
    records,
  };
}
