import type { VerdictChange, VerdictRecord } from './verdict-log.ts';
import type { Instant } from '../time/instant.ts';
import type { Alert, SubjectHealth } from './alert.ts';
import { reminderAlert, alertForChange } from './raise-alert.ts';
import { subjectKey } from './subject-key.ts';
import { isUnhealthy } from './verdict.ts';

/** A change to what stands on record about a job or a check, and the alert that goes with it. */
export interface JudgedChange<Health extends SubjectHealth = SubjectHealth> {
  readonly health: Health;
  readonly change: VerdictChange;
  readonly alert: Alert | null;
}

/** When something is judged. */
export interface JudgedAt {
  /** The instant that it is judged as of. */
  readonly now: Instant;
  /** The store's present when what it is judged by was read. */
  readonly readAt: Instant;
}

/** What a judgement changes on record; `null` for one that is no news and not worth a reminder yet. */
export function verdictChangeOf<Health extends SubjectHealth>(
  health: Health,
  before: VerdictRecord | null,
  { now, readAt }: JudgedAt,
  reminderIntervalMs: number,
): JudgedChange<Health> | null {
  // Somebody has judged it after the instant that we judge it as of; or the store's clock was put back since.
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

/** Whether it is time for a reminder. */
function isDue(
  health: SubjectHealth,
  before: VerdictRecord | null,
  now: Instant,
  reminderIntervalMs: number,
): boolean {
  if (!before || !isUnhealthy(health.verdict)) return false;
  return now - (before.alertedAt ?? before.since) >= reminderIntervalMs;
}
