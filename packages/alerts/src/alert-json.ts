import {
  checkHealthJson,
  iso,
  jobHealthJson,
  type Alert,
  type CheckAlert,
  type CheckHealthJson,
  type InstantsAsText,
  type JobAlert,
  type JobHealthJson,
} from '@gamekeeper/core';

/** An alert about a job as JSON: as core's `JobAlert`, with instants as ISO text such as `2026-11-24T10:36:00.000Z`. */
export type JobAlertJson = InstantsAsText<Omit<JobAlert, 'health'>> & { readonly health: JobHealthJson };

/** An alert about a check as JSON: as core's `CheckAlert`, with instants as ISO text. */
export type CheckAlertJson = InstantsAsText<Omit<CheckAlert, 'health'>> & {
  readonly health: CheckHealthJson;
};

/** An alert as JSON. `subject` says whether it is about a job or a check. */
export type AlertJson = JobAlertJson | CheckAlertJson;

/** An alert for others to read. */
export function alertJson(alert: Alert): AlertJson {
  const { key, kind, severity, since, raisedAt, text } = alert;
  const rest = { severity, since: iso(since), raisedAt: iso(raisedAt), text };
  if (alert.subject === 'job') {
    const { subject, job, verdict, health } = alert;
    return { key, kind, subject, job, verdict, ...rest, health: jobHealthJson(health) };
  }
  const { subject, check, verdict, health } = alert;
  return { key, kind, subject, check, verdict, ...rest, health: checkHealthJson(health) };
}
