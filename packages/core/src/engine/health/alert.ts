import type { Instant } from '../time/instant.ts';
import type { CheckHealth } from './check.ts';
import type { CheckVerdict, Verdict } from './verdict.ts';
import type { JobHealth } from './job-health.ts';
import type { Severity } from './severity.ts';

/**
 * What an alert tells: a job or a check turned unhealthy (or worse than people were told), is so still, is well again, or
 * (of a job) was paused while it was not.
 */
export type AlertKind = 'unhealthy' | 'reminder' | 'recovered' | 'paused';

/** What is the same in every alert. The same change of a verdict has the same key, whoever notices it. */
interface AlertBase {
  /** `late:life-regeneration:2026-11-24T10:36:00.000Z`, and for a reminder the instant at which it is one. */
  readonly key: string;
  readonly kind: AlertKind;
  readonly severity: Severity;
  /** Since when it is judged like that. */
  readonly since: Instant;
  readonly raisedAt: Instant;
  /** One line for people: `life-regeneration is late: last success 2026-11-24T10:00:00.000Z, 36 min ago`. */
  readonly text: string;
}

/** What people are told about a job. */
export interface JobAlert extends AlertBase {
  readonly subject: 'job';
  readonly job: string;
  readonly verdict: Verdict;
  /** How the job was doing when the alert was raised. */
  readonly health: JobHealth;
}

/** What people are told about a check. */
export interface CheckAlert extends AlertBase {
  readonly subject: 'check';
  readonly check: string;
  readonly verdict: CheckVerdict;
  /** What the check had found out when the alert was raised. */
  readonly health: CheckHealth;
}

/** What people are told about a job or a check. */
export type Alert = JobAlert | CheckAlert;

/** How a job or a check is doing. */
export type SubjectHealth = JobHealth | CheckHealth;
