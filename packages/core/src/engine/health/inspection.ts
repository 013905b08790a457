import type { ScheduledJob } from '../jobs/scheduled-job.ts';
import type { JobRegistry } from '../jobs/job-registry.ts';
import type { RunObserver } from '../jobs/run-observer.ts';
import type { Clock } from '../time/clock.ts';
import { addMs, type Instant } from '../time/instant.ts';
import type { StoreTime } from '../time/store-time.ts';
import type { Transaction, Transactions } from '../transactions/transactions.ts';
import { AHEAD_TOLERANCE_MS } from './ahead.ts';
import { checkKey, subjectKey } from './subject-key.ts';
import type { AlertLog } from './alert-log.ts';
import { routeAlert, type AlertRoute } from './alert-routes.ts';
import { judgeCheck, type CheckHealth, type HealthCheck } from './check.ts';
import { judgeJobs, type JobHealth } from './job-health.ts';
import { verdictChangeOf, type JudgedChange } from './verdict-change.ts';
import type { VerdictLog } from './verdict-log.ts';

/** What an inspection works with. */
export interface InspectionPorts {
  readonly jobRegistry: JobRegistry;
  readonly verdictLog: VerdictLog;
  readonly storeTime: StoreTime;
  readonly alertLog: AlertLog;
  /** The jobs of the host, asked for at each inspection. */
  readonly jobs: () => readonly ScheduledJob[];
  /** What is judged beside the jobs, asked for at each inspection. */
  readonly checks: () => readonly HealthCheck[];
  readonly routes: readonly AlertRoute[];
  /** After how long people are told again of what is unhealthy still. Milliseconds. */
  readonly reminderIntervalMs: number;
  readonly observer: Required<RunObserver>;
}

/** What {@link inspectJobs} found. */
export interface Inspection {
  readonly jobs: readonly JobHealth[];
  /** How many verdicts were put on record now, and by this inspection. */
  readonly recorded: number;
}

/** What {@link inspectChecks} found. */
export interface CheckInspection {
  readonly checks: readonly CheckHealth[];
  /** How many verdicts were put on record now, and by this inspection. */
  readonly recorded: number;
}

/**
 * Judges all jobs from the registry, records what changed and raises the alerts that are due: in one transaction, so that
 * each change is told of once, whoever of how many instances notices it first.
 *
 * @param now the present by the store's clock, or the tick of the job that inspects
 */
export async function inspectJobs(
  tx: Transaction,
  ports: InspectionPorts,
  now: Instant,
): Promise<Inspection> {
  const judged = judgeJobs(ports.jobs(), await ports.jobRegistry.records(tx), now);
  const jobs = judged.map(({ health }) => health);
  const changes = judged.flatMap(
    ({ health, record: { judged: before, readAt } }) =>
      verdictChangeOf(health, before, { now, readAt }, ports.reminderIntervalMs) ?? [],
  );
  const recorded = await record(tx, ports, changes);
  for (const { health, change } of recorded) {
    if (health.verdict !== change.before?.verdict) ports.observer.verdictChanged(health, change.before);
  }
  return { jobs, recorded: recorded.length };
}

/**
 * Judges by all checks, records what changed and raises the alerts that are due. What stands on record is read first:
 * where another instance has judged meanwhile, its judgement is the newer one and stays.
 *
 * @param now the present by the store's clock
 */
export async function inspectChecks(
  ports: InspectionPorts,
  { transactions, clock }: { readonly transactions: Transactions; readonly clock: Clock },
  now: Instant,
): Promise<CheckInspection> {
  const all = ports.checks();
  if (all.length === 0) return { checks: [], recorded: 0 };
  const known = await ports.verdictLog.list(all.map(({ name }) => checkKey(name)));
  const before = new Map(known.map((verdict) => [verdict.job, verdict]));
  const checks = await Promise.all(all.map((check) => judgeCheck(check, now, clock)));
  const changes = checks.flatMap(
    (health) =>
      verdictChangeOf(
        health,
        before.get(subjectKey(health)) ?? null,
        { now, readAt: addMs(now, AHEAD_TOLERANCE_MS) },
        ports.reminderIntervalMs,
      ) ?? [],
  );
  if (changes.length === 0) return { checks, recorded: 0 };
  const recorded = await transactions.run((tx) => record(tx, ports, changes));
  for (const { health, change } of recorded) {
    if (health.verdict !== change.before?.verdict) ports.observer.checkChanged(health, change.before);
  }
  return { checks, recorded: recorded.length };
}

/** Puts changes on record and raises their alerts; returns those that nobody else has recorded first. */
async function record<Change extends JudgedChange>(
  tx: Transaction,
  ports: InspectionPorts,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  if (changes.length === 0) return [];
  const recorded = new Set(
    await ports.verdictLog.record(
      tx,
      changes.map(({ change }) => change),
    ),
  );
  const mine = changes.filter(({ change }) => recorded.has(change.after.job));
  const alerts = mine.flatMap(({ alert }) => (alert ? [routeAlert(alert, ports.routes)] : []));
  if (alerts.length > 0) await ports.alertLog.raise(tx, alerts);
  return mine;
}
