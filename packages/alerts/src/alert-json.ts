import { iso, type Alert, type AlertDigest, type CheckAlert, type JobAlert } from '@gamekeeper/core';
import {
  checkHealthJson,
  givenObject,
  jobHealthJson,
  type CheckHealthJson,
  type InstantsAsText,
  type JobHealthJson,
} from '@gamekeeper/core/engine';

/** An alert about a job as JSON: as core's `JobAlert`, with instants as ISO text such as `2026-11-24T10:36:00.000Z`. */
export type JobAlertJson = InstantsAsText<Omit<JobAlert, 'health'>> & { readonly health: JobHealthJson };

/** An alert about a check as JSON: as core's `CheckAlert`, with instants as ISO text. */
export type CheckAlertJson = InstantsAsText<Omit<CheckAlert, 'health'>> & {
  readonly health: CheckHealthJson;
};

/** A digest as JSON: as core's `AlertDigest`, with instants as ISO text, and its 100 most severe alerts. */
export type AlertDigestJson = InstantsAsText<Omit<AlertDigest, 'alerts'>> & {
  /** At most 100, the most severe first. */
  readonly alerts: readonly (JobAlertJson | CheckAlertJson)[];
  /** How many alerts were left out. */
  readonly omitted: number;
};

/** An alert as JSON. `subject` says whether it is about a job or a check, or a digest of many. */
export type AlertJson = JobAlertJson | CheckAlertJson | AlertDigestJson;

/** Enough for a reader. To get every alert, set the route's `digestAbove` to `null`. */
const MAX_IN_DIGEST = 100;

/**
 * Returns an alert as JSON.
 *
 * @throws {InvalidOptionError}
 */
export function alertJson(alert: Alert): JobAlertJson | CheckAlertJson;
export function alertJson(alert: Alert | AlertDigest): AlertJson;
export function alertJson(alert: Alert | AlertDigest): AlertJson {
  givenObject('alert', alert, 'must be an alert that a channel received');
  return alert.subject === 'digest' ? digestJson(alert) : singleJson(alert);
}

function digestJson({ alerts, since, raisedAt, ...digest }: AlertDigest): AlertDigestJson {
  return {
    ...digest,
    since: iso(since),
    raisedAt: iso(raisedAt),
    alerts: alerts.slice(0, MAX_IN_DIGEST).map(singleJson),
    omitted: Math.max(0, alerts.length - MAX_IN_DIGEST),
  };
}

function singleJson(alert: Alert): JobAlertJson | CheckAlertJson {
  const { key, kind, severity, since, raisedAt, text } = alert;
  const rest = { severity, since: iso(since), raisedAt: iso(raisedAt), text };
  if (alert.subject === 'job') {
    const { subject, job, verdict, health } = alert;
    return { key, kind, subject, job, verdict, ...rest, health: jobHealthJson(health) };
  }
  const { subject, check, verdict, health } = alert;
  return { key, kind, subject, check, verdict, ...rest, health: checkHealthJson(health) };
}
