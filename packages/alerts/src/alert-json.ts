import { iso, jobHealthJson, type Alert, type InstantsAsText, type JobHealthJson } from '@gamekeeper/core';

/** An alert as JSON: as core's `Alert`, with instants as ISO text such as `2026-11-24T10:36:00.000Z`. */
export type AlertJson = InstantsAsText<Omit<Alert, 'health'>> & { readonly health: JobHealthJson };

/** An alert for others to read. */
export function alertJson(alert: Alert): AlertJson {
  const { key, kind, job, verdict, severity, since, raisedAt, text, health } = alert;
  return {
    key,
    kind,
    job,
    verdict,
    severity,
    since: iso(since),
    raisedAt: iso(raisedAt),
    text,
    health: jobHealthJson(health),
  };
}
