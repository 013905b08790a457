import type { Alert, AlertKind, JobAlert, SubjectHealth } from './alert.ts';
import { type Instant, iso } from '../time/instant.ts';
import { severities, type Severity } from './severity.ts';
import type { JobHealth } from './job-health.ts';
import { isUnhealthy, type Verdict } from './verdict.ts';
import { subjectKey } from './subject-key.ts';
import type { CheckHealth } from './check.ts';
import { formatDuration } from './format-duration.ts';

/** What earlier judgements recorded about the current incident. */
export interface AlertedBefore {
  /** The highest severity alerted in the current incident; `null` if there is none. */
  readonly alertedSeverity: Severity | null;
}

/** The current judgement, and what was alerted before. */
export interface Judgement {
  readonly health: SubjectHealth;
  /** `null` for the first judgement. */
  readonly before: AlertedBefore | null;
  readonly now: Instant;
}

/**
 * Returns the alert for a judgement, or `null` if none is needed.
 *
 * An incident starts with the first unhealthy verdict and ends with the next healthy or paused one. One alert is sent
 * at the start, one each time the severity increases, and one at the end. The last alert has the highest severity of
 * the incident's alerts, so that it reaches every channel that received an earlier one.
 */
export function alertForChange({ health, before, now }: Judgement): Alert | null {
  const told = before?.alertedSeverity ?? null;
  const severity = severityOf(health);
  if (severity !== null)
    return isGraver(severity, told) ? alert('unhealthy', health, now, now, severity) : null;
  if (told === null) return null;
  return alert(health.verdict === 'paused' ? 'paused' : 'recovered', health, now, now, told);
}

/** Returns the alert that a job or a check is still unhealthy. */
export function reminderAlert(health: JobHealth, since: Instant, now: Instant): JobAlert;
export function reminderAlert(health: SubjectHealth, since: Instant, now: Instant): Alert;
export function reminderAlert(health: SubjectHealth, since: Instant, now: Instant): Alert {
  return alert('reminder', health, since, now, severityOf(health) ?? 'info');
}

/** Returns the severity of a verdict; `null` if it is not unhealthy. */
export function severityOf(health: SubjectHealth): Severity | null {
  if (!isUnhealthy(health.verdict)) return null;
  if (!('job' in health)) return health.severity;
  // A job whose runs fail may recover by itself; one that does not run at all will not.
  return health.verdict === 'failing' ? 'warning' : 'critical';
}

export function isGraver(severity: Severity, than: Severity | null): boolean {
  return than === null || severities.indexOf(severity) > severities.indexOf(than);
}

export function alert(
  kind: AlertKind,
  health: SubjectHealth,
  since: Instant,
  now: Instant,
  severity: Severity,
): Alert {
  const key = `${health.verdict}:${subjectKey(health)}:${iso(now)}`;
  const base = { key, kind, severity, since, raisedAt: now };
  if ('job' in health) {
    const { job, verdict } = health;
    return { ...base, subject: 'job', job, verdict, text: tellJob(kind, health, since, now), health };
  }
  const { check, verdict } = health;
  return { ...base, subject: 'check', check, verdict, text: tellCheck(kind, health, since), health };
}

export function tellCheck(kind: AlertKind, { check, text }: CheckHealth, since: Instant): string {
  if (kind === 'recovered') return `${check} is healthy again`;
  return `${check} is ${kind === 'reminder' ? `still unhealthy since ${iso(since)}` : 'unhealthy'}: ${text}`;
}

export function tellJob(kind: AlertKind, health: JobHealth, since: Instant, now: Instant): string {
  const { job, verdict, lastSuccessTick, lagMs, runningTick, runningSince } = health;
  const { recentRuns, recentFailures, failedItems, lastError, aheadThrough } = health;
  const ago = verdict === 'ahead' ? '' : `, ${formatDuration(lagMs)} ago`;
  if (kind === 'recovered') return `${job} is healthy again`;
  if (kind === 'paused') return `${job} was paused`;
  const details = [
    aheadThrough !== null &&
      `no tick runs until ${iso(aheadThrough)}, which is in the future by the database's clock: correct the database's clock, or reset the job's watermark (see docs, Operate)`,
    lastSuccessTick === null ? 'never succeeded' : `last success ${iso(lastSuccessTick)}${ago}`,
    runningTick !== null && `running ${iso(runningTick)} for ${formatDuration(now - (runningSince ?? now))}`,
    failedItems > 0 && `${failedItems} failed items`,
    verdict === 'failing' &&
      recentFailures > 1 &&
      `${recentFailures} of the newest ${recentRuns} runs failed`,
    verdict === 'failing' && lastError,
  ].filter((detail) => typeof detail === 'string');
  const still = kind === 'reminder' ? `still ${words[verdict]} since ${iso(since)}` : words[verdict];
  return `${job} is ${still}: ${details.join(', ')}`;
}

export const words: Readonly<Record<Verdict, string>> = {
  healthy: 'healthy',
  late: 'late',
  failing: 'failing',
  stuck: 'stuck',
  'never-ran': 'not running at all',
  ahead: 'ahead of the clock',
  paused: 'paused',
};
