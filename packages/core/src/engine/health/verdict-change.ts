import type { VerdictChange, VerdictRecord } from './verdict-log.ts';
import type { Instant } from '../time/instant.ts';
import type { Alert, SubjectHealth } from './alert.ts';
import { reminderAlert, alertForChange } from './raise-alert.ts';
import { subjectKey } from './subject-key.ts';
import { isUnhealthy } from './verdict.ts';

/** A change to the recorded verdict on a job or a check, and its alert. */
export interface JudgedChange<Health extends SubjectHealth = SubjectHealth> {
  readonly health: Health;
  readonly change: VerdictChange;
  readonly alert: Alert | null;
}

/** The times of a judgement. */
export interface JudgedAt {
  /** The instant for which the subject is judged. */
  readonly now: Instant;
  /** The store's time when the data was read. */
  readonly readAt: Instant;
}

/** Returns how a judgement changes the record; `null` if the verdict is unchanged and no reminder is due. */
export function verdictChangeOf<Health extends SubjectHealth>(
  health: Health,
  before: VerdictRecord | null,
  { now, readAt }: JudgedAt,
  reminderIntervalMs: number,
): JudgedChange<Health> | null {
  // Another instance judged it for a later instant. If the store's clock was moved back since, this does not apply.
  if (before && now < before.since && before.since <= readAt) return null;
  const isNews = health.verdict !== before?.verdict;
  const since = isNews ? now : before.since;
  const news = alertForChange({ health, before, now });
  const alert =
    news ?? (isDue(health, before, now, reminderIntervalMs) ? reminderAlert(health, since, now) : null);
  if (!isNews && !alert) return null;
  const after = {
    job: subjectKey(health),
    verdict: health.verdict,
    since,
    alertedAt: alert ? now : (before?.alertedAt ?? null),
    alertedSeverity: isUnhealthy(health.verdict) ? (news?.severity ?? before?.alertedSeverity ?? null) : null,
  };
  return { health, change: { before, after }, alert };
}

/** Returns whether a reminder is due. */
function isDue(
  health: SubjectHealth,
  before: VerdictRecord | null,
  now: Instant,
  reminderIntervalMs: number,
): boolean {
  if (!before || !isUnhealthy(health.verdict)) return false;
  return now - (before.alertedAt ?? before.since) >= reminderIntervalMs;
}
