import type { Instant } from '../time/instant.ts';
import type { Alert, AlertKind } from './alert.ts';
import { type Severity, severities } from './severity.ts';

/** Many alerts sent as one message, because more were pending for a channel than its route's `digestAbove`. */
export interface AlertDigest {
  readonly subject: 'digest';
  /** The same for the same alerts, whichever instance sends them. */
  readonly key: string;
  /** The first of these kinds that at least one of its alerts has: `unhealthy`, `reminder`, `paused`, `recovered`. */
  readonly kind: AlertKind;
  /** The highest severity of its alerts of this kind. */
  readonly severity: Severity;
  /** The earliest `since` of its alerts. */
  readonly since: Instant;
  /** When the newest of its alerts was raised. */
  readonly raisedAt: Instant;
  /** One line of text: `480 unhealthy (479 critical, 1 warning): sweep, tidy and 478 more; 2 healthy again: a, b`. */
  readonly text: string;
  /** The number of alerts of each kind. */
  readonly counts: Readonly<Record<AlertKind, number>>;
  /** All of its alerts, the most severe first. */
  readonly alerts: readonly Alert[];
}

const KINDS = ['unhealthy', 'reminder', 'paused', 'recovered'] as const;
const WORDS: Readonly<Record<AlertKind, string>> = {
  unhealthy: 'unhealthy',
  reminder: 'still unhealthy',
  paused: 'paused',
  recovered: 'healthy again',
};
/** How many alerts of a kind are named in the text. */
const MOST_NAMES = 5;

/** Returns one digest of several alerts (at least one), given in the order in which they were claimed. */
export function digestOf(owed: readonly Alert[]): AlertDigest {
  const alerts = owed.toSorted(byGravity);
  const ofKind = (kind: AlertKind): readonly Alert[] => alerts.filter((alert) => alert.kind === kind);
  const { kind, severity } = alerts[0]!;
  return {
    subject: 'digest',
    key: `digest:${owed.length}:${owed[0]!.key}:${owed.at(-1)!.key}`,
    kind,
    severity,
    since: Math.min(...alerts.map(({ since }) => since)) as Instant,
    raisedAt: Math.max(...alerts.map(({ raisedAt }) => raisedAt)) as Instant,
    text: KINDS.flatMap((one) => told(one, ofKind(one))).join('; '),
    counts: {
      unhealthy: ofKind('unhealthy').length,
      reminder: ofKind('reminder').length,
      paused: ofKind('paused').length,
      recovered: ofKind('recovered').length,
    },
    alerts,
  };
}

/** Returns the name of the job or check of an alert. */
function nameOf(alert: Alert): string {
  return alert.subject === 'job' ? alert.job : alert.check;
}

function told(kind: AlertKind, alerts: readonly Alert[]): readonly string[] {
  if (alerts.length === 0) return [];
  const names = alerts.slice(0, MOST_NAMES).map(nameOf).join(', ');
  const more = alerts.length > MOST_NAMES ? ` and ${alerts.length - MOST_NAMES} more` : '';
  const isTrouble = kind === 'unhealthy' || kind === 'reminder';
  return [`${alerts.length} ${WORDS[kind]}${isTrouble ? bySeverity(alerts) : ''}: ${names}${more}`];
}

function bySeverity(alerts: readonly Alert[]): string {
  const counts = severities.toReversed().flatMap((severity) => {
    const count = alerts.filter((alert) => alert.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  return ` (${counts.join(', ')})`;
}

function byGravity(one: Alert, other: Alert): number {
  return (
    KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind) ||
    severities.indexOf(other.severity) - severities.indexOf(one.severity) ||
    one.raisedAt - other.raisedAt
  );
}
