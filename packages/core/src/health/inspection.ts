import type { ScheduledJob } from '../jobs/job-engine.ts';
import type { JobLedger, JobRecord, VerdictChange } from '../jobs/job-ledger.ts';
import type { RunObserver } from '../jobs/run-observer.ts';
import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions.ts';
import { alertOfChange, reminder, type Alert } from './alert.ts';
import type { AlertLog } from './alert-log.ts';
import { route, type AlertRoute } from './alert-routes.ts';
import { judgeJobs, type JobHealth } from './job-health.ts';
import { isTrouble } from './verdict.ts';

/** What an inspection works with. */
export interface InspectionPorts {
  readonly ledger: JobLedger;
  readonly alertLog: AlertLog;
  /** The jobs of the host, asked for at each inspection. */
  readonly jobs: () => readonly ScheduledJob[];
  readonly routes: readonly AlertRoute[];
  /** After how long people are told again of a job that is unhealthy still. Milliseconds. */
  readonly remindEveryMs: number;
  readonly observer: Required<RunObserver>;
}

/** A change to what stands on record about a job, and the alert that goes with it. */
interface Finding {
  readonly health: JobHealth;
  readonly change: VerdictChange;
  readonly alert: Alert | null;
}

/** What {@link inspect} found. */
export interface Inspection {
  readonly jobs: readonly JobHealth[];
  /** How many verdicts were put on record now, and by this inspection. */
  readonly recorded: number;
}

/**
 * Judges all jobs from the ledger, records what changed and raises the alerts that are due: in one transaction, so that
 * each change is told of once, whoever of how many instances notices it first.
 *
 * @param now the present by the store's clock, or the tick of the job that inspects
 */
export async function inspect(tx: Transaction, ports: InspectionPorts, now: Instant): Promise<Inspection> {
  const judged = judgeJobs(ports.jobs(), await ports.ledger.records(tx), now);
  const jobs = judged.map(({ health }) => health);
  const findings = judged.flatMap(
    ({ health, record }) => findingOf(health, record, now, ports.remindEveryMs) ?? [],
  );
  if (findings.length === 0) return { jobs, recorded: 0 };
  const recorded = new Set(
    await ports.ledger.recordVerdicts(
      tx,
      findings.map(({ change }) => change),
    ),
  );
  const mine = findings.filter(({ health }) => recorded.has(health.job));
  const alerts = mine.flatMap(({ alert }) => (alert ? [route(alert, ports.routes)] : []));
  if (alerts.length > 0) await ports.alertLog.raise(tx, alerts);
  for (const { health, change } of mine) {
    if (health.verdict !== change.before?.verdict) ports.observer.verdictChanged(health, change.before);
  }
  return { jobs, recorded: mine.length };
}

function findingOf(
  health: JobHealth,
  { judged: before, readAt }: Pick<JobRecord, 'judged' | 'readAt'>,
  now: Instant,
  remindEveryMs: number,
): Finding | null {
  const { job, verdict } = health;
  // Somebody has judged the job after the instant that we judge it as of; or the store's clock was put back since.
  if (before && now < before.since && before.since <= readAt) return null;
  if (verdict !== before?.verdict) {
    const alert = alertOfChange({ health, before, now });
    const after = { job, verdict, since: now, alertedAt: alert && now };
    return { health, change: { before, after }, alert };
  }
  const toldAt = before.alertedAt ?? before.since;
  if (!isTrouble(verdict) || now - toldAt < remindEveryMs) return null;
  const alert = reminder(health, before.since, now);
  return { health, change: { before, after: { ...before, alertedAt: now } }, alert };
}
