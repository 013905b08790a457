import type { Instant } from '../time/instant.ts';
import type { CheckHealth } from './check.ts';
import type { CheckVerdict, Verdict } from './verdict.ts';
import type { JobHealth } from './job-health.ts';
import type { Severity } from './severity.ts';

/**
 * What an alert reports: a job or a check became unhealthy (or worse than alerted before), is still unhealthy, has
 * recovered, or (a job) was paused while unhealthy.
 */
export type AlertKind = 'unhealthy' | 'reminder' | 'recovered' | 'paused';

/** The fields common to all alerts. The same change of a verdict has the same key, whichever instance notices it. */
interface AlertBase {
  /** `late:life-regeneration:2026-11-24T10:36:00.000Z`; for a reminder, with the instant of the reminder. */
  readonly key: string;
  readonly kind: AlertKind;
  readonly severity: Severity;
  /** When this verdict began. */
  readonly since: Instant;
  readonly raisedAt: Instant;
  /** One line of text: `life-regeneration is late: last success 2026-11-24T10:00:00.000Z, 36 min ago`. */
  readonly text: string;
}

/** An alert about a job. */
export interface JobAlert extends AlertBase {
  readonly subject: 'job';
  readonly job: string;
  readonly verdict: Verdict;
  /** The job's health when the alert was raised. */
  readonly health: JobHealth;
}

/** An alert about a check. */
export interface CheckAlert extends AlertBase {
  readonly subject: 'check';
  readonly check: string;
  readonly verdict: CheckVerdict;
  /** The check's health when the alert was raised. */
  readonly health: CheckHealth;
}

/** An alert about a job or a check. */
export type Alert = JobAlert | CheckAlert;

/** The health of a job or a check. */
export type SubjectHealth = JobHealth | CheckHealth;
