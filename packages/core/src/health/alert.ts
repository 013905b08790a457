import { iso, type Instant } from '../time/instant.ts';
import type { JobHealth } from './job-health.ts';
import { isTrouble, type Verdict } from './verdict.ts';

/** How grave an alert is, from the least to the most. */
export const severities = ['info', 'warning', 'critical'] as const;

/** How grave an alert is. */
export type Severity = (typeof severities)[number];

/**
 * What an alert tells: a job turned unhealthy (or unhealthy in another way), is so still, is well again, or was paused
 * while it was not.
 */
export type AlertKind = 'unhealthy' | 'reminder' | 'recovered' | 'paused';

/** What people are told about a job. The same change of a verdict has the same key, whoever notices it. */
export interface Alert {
  /** `late:life-regeneration:2026-11-24T10:36:00.000Z`, and for a reminder the instant at which it is one. */
  readonly key: string;
  readonly kind: AlertKind;
  readonly job: string;
  readonly verdict: Verdict;
  readonly severity: Severity;
  /** Since when the job is judged like that. */
  readonly since: Instant;
  readonly raisedAt: Instant;
  /** One line for people: `life-regeneration is late: last success 2026-11-24T10:00:00.000Z, 36 min ago`. */
  readonly text: string;
  /** How the job was doing when the alert was raised. */
  readonly health: JobHealth;
}

/** A verdict before a judgement and after it, with what it was judged by. */
export interface Judgement {
  readonly health: JobHealth;
  /** `null` when the job was never judged before. */
  readonly before: { readonly verdict: Verdict; readonly since: Instant } | null;
  readonly now: Instant;
}

/** The alert that a change of verdict is worth, or `null` for one that nobody needs to know of. */
export function alertOfChange({ health, before, now }: Judgement): Alert | null {
  const { verdict } = health;
  if (verdict === before?.verdict) return null;
  const wasTrouble = before !== null && isTrouble(before.verdict);
  if (isTrouble(verdict)) return alert('unhealthy', health, now, now, severityOf(verdict));
  // Whoever was told of the trouble is told of its end.
  if (!wasTrouble) return null;
  const kind = verdict === 'paused' ? 'paused' : 'recovered';
  return alert(kind, health, now, now, severityOf(before.verdict));
}

/** The alert that a job is unhealthy still. */
export function reminder(health: JobHealth, since: Instant, now: Instant): Alert {
  return alert('reminder', health, since, now, severityOf(health.verdict));
}

function alert(kind: AlertKind, health: JobHealth, since: Instant, now: Instant, severity: Severity): Alert {
  const { job, verdict } = health;
  return {
    key: `${verdict}:${job}:${iso(now)}`,
    kind,
    job,
    verdict,
    severity,
    since,
    raisedAt: now,
    text: tell(kind, health, since, now),
    health,
  };
}

/** A job whose runs fail is at work and may mend itself; one that does not run at all will not. */
function severityOf(verdict: Verdict): Severity {
  return verdict === 'failing' ? 'warning' : 'critical';
}

function tell(kind: AlertKind, health: JobHealth, since: Instant, now: Instant): string {
  const { job, verdict, lastSuccessTick, lagMs, runningTick, runningSince } = health;
  const { recentRuns, recentFailures, failedItems, lastError, aheadThrough } = health;
  const ago = verdict === 'ahead' ? '' : `, ${span(lagMs)} ago`;
  if (kind === 'recovered') return `${job} is healthy again`;
  if (kind === 'paused') return `${job} was paused`;
  const details = [
    aheadThrough !== null &&
      `no tick runs through ${iso(aheadThrough)}, which has yet to come: set the database's clock right, or take the job's ledger back as the docs on operating say`,
    lastSuccessTick === null ? 'never succeeded' : `last success ${iso(lastSuccessTick)}${ago}`,
    runningTick !== null && `running ${iso(runningTick)} for ${span(now - (runningSince ?? now))}`,
    failedItems > 0 && `${failedItems} failed items`,
    verdict === 'failing' &&
      recentFailures > 1 &&
      `${recentFailures} of the newest ${recentRuns} runs failed`,
    verdict === 'failing' && lastError,
  ].filter((detail) => typeof detail === 'string');
  const still = kind === 'reminder' ? `still ${words[verdict]} since ${iso(since)}` : words[verdict];
  return `${job} is ${still}: ${details.join(', ')}`;
}

const words: Readonly<Record<Verdict, string>> = {
  healthy: 'healthy',
  late: 'late',
  failing: 'failing',
  stuck: 'stuck',
  'never-ran': 'not running at all',
  ahead: 'ahead of the clock',
  paused: 'paused',
};

/** Milliseconds for people: `45 s`, `36 min`, `27 h`, `12 d`. */
function span(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
