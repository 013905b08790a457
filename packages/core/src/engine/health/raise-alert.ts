import type { Alert, AlertKind, JobAlert, SubjectHealth } from './alert.ts';
import { type Instant, iso } from '../time/instant.ts';
import { severities, type Severity } from './severity.ts';
import type { JobHealth } from './job-health.ts';
import { isUnhealthy, type Verdict } from './verdict.ts';
import { subjectKey } from './subject-key.ts';
import type { CheckHealth } from './check.ts';
import { formatDuration } from './format-duration.ts';

/** What is known of a trouble when it is judged again. */
export interface AlertedBefore {
  /** The gravest alert of the trouble that goes on; `null` while there is none. */
  readonly alertedSeverity: Severity | null;
}

/** What is judged now, and what people were told of before. */
export interface Judgement {
  readonly health: SubjectHealth;
  /** `null` when it was never judged before. */
  readonly before: AlertedBefore | null;
  readonly now: Instant;
}

/**
 * The alert that a judgement is worth, or `null` for one that nobody needs to know of.
 *
 * A trouble lasts from one healthy (or paused) judgement to the next, whatever it is called meanwhile. People are told
 * when it begins, again only when it becomes graver than they were told, and once of its end; that has the severity of
 * the gravest alert, so that it reaches everybody who was told.
 */
export function alertForChange({ health, before, now }: Judgement): Alert | null {
  const told = before?.alertedSeverity ?? null;
  const severity = severityOf(health);
  if (severity !== null)
    return isGraver(severity, told) ? alert('unhealthy', health, now, now, severity) : null;
  if (told === null) return null;
  return alert(health.verdict === 'paused' ? 'paused' : 'recovered', health, now, now, told);
}

/** The alert that a job or a check is unhealthy still. */
export function reminderAlert(health: JobHealth, since: Instant, now: Instant): JobAlert;
export function reminderAlert(health: SubjectHealth, since: Instant, now: Instant): Alert;
export function reminderAlert(health: SubjectHealth, since: Instant, now: Instant): Alert {
  return alert('reminder', health, since, now, severityOf(health) ?? 'info');
}

/** How grave a trouble is; `null` where there is none. */
export function severityOf(health: SubjectHealth): Severity | null {
  if (!isUnhealthy(health.verdict)) return null;
  if (!('job' in health)) return health.severity;
  // A job whose runs fail is at work and may mend itself; one that does not run at all will not.
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
      `no tick runs through ${iso(aheadThrough)}, which has yet to come: set the database's clock right, or take the job's ledger back as the docs on operating say`,
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
