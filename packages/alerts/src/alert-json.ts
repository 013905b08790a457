import { iso, type Alert, type Instant, type JobHealth } from '@gamekeeper/core';

type InJson<Value> = Value extends Instant ? string : Value;

/** A job's health with instants as ISO text. */
export type JobHealthJson = { readonly [Name in keyof JobHealth]: InJson<JobHealth[Name]> };

/** An alert as JSON: as core's `Alert`, with instants as ISO text such as `2026-11-24T10:36:00.000Z`. */
export type AlertJson = {
  readonly [Name in Exclude<keyof Alert, 'health'>]: InJson<Alert[Name]>;
} & { readonly health: JobHealthJson };

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
    health: healthJson(health),
  };
}

/** Core names instants by their end, and durations by their unit. */
function healthJson(health: JobHealth): JobHealthJson {
  const fields = Object.entries(health).map(([name, value]: readonly [string, unknown]) => [
    name,
    typeof value === 'number' && /(?:Tick|At|[sS]ince)$/.test(name) ? iso(value as Instant) : value,
  ]);
  return Object.fromEntries(fields) as JobHealthJson;
}
