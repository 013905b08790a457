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

/** The collaborators of an inspection. */
export interface InspectionPorts {
  readonly jobRegistry: JobRegistry;
  readonly verdictLog: VerdictLog;
  readonly storeTime: StoreTime;
  readonly alertLog: AlertLog;
  /** Returns the jobs of the host; called at each inspection. */
  readonly jobs: () => readonly ScheduledJob[];
  /** Returns the checks of the host; called at each inspection. */
  readonly checks: () => readonly HealthCheck[];
  readonly routes: readonly AlertRoute[];
  /** How long after an alert a reminder is sent while the subject is still unhealthy. Milliseconds. */
  readonly reminderIntervalMs: number;
  readonly observer: Required<RunObserver>;
}

/** The result of {@link inspectJobs}. */
export interface Inspection {
  readonly jobs: readonly JobHealth[];
  /** How many verdicts this inspection recorded. */
  readonly recorded: number;
}

/** The result of {@link inspectChecks}. */
export interface CheckInspection {
  readonly checks: readonly CheckHealth[];
  /** How many verdicts this inspection recorded. */
  readonly recorded: number;
}

/**
 * Judges all jobs, records changed verdicts and raises the alerts that are due. All of this happens in one transaction,
 * so that each change raises one alert, whichever instance notices it first.
 *
 * @param now the current time by the store's clock, or the tick of the inspecting job
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
 * Runs all checks, records changed verdicts and raises the alerts that are due. The recorded verdicts are read first:
 * if another instance records one meanwhile, its newer verdict is kept.
 *
 * @param now the current time by the store's clock
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

/** Records changes and raises their alerts. Returns those that no other instance recorded first. */
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
