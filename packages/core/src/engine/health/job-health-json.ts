import { isDate } from '../common/realms.ts';
import { iso, type Instant } from '../time/instant.ts';
import type { WithDates } from '../time/with-dates.ts';
import type { JobHealth } from './job-health.ts';

type AsText<Value> = Value extends Instant ? string : Value;

/** Fields with instants as ISO text such as `2026-11-24T10:36:00.000Z`. */
export type InstantsAsText<Fields> = { readonly [Name in keyof Fields]: AsText<Fields[Name]> };

/** A job's health as JSON. */
export type JobHealthJson = InstantsAsText<JobHealth>;

/**
 * Returns a job's health as JSON. Fields that contain instants are recognised by the endings of their names, as
 * durations are by the units in theirs.
 */
export function jobHealthJson(health: JobHealth | WithDates<JobHealth>): JobHealthJson {
  const fields = Object.entries(health).map(([name, value]: readonly [string, unknown]) => [
    name,
    isInstant(name, value) ? iso(value) : value,
  ]);
  return Object.fromEntries(fields) as JobHealthJson;
}

function isInstant(name: string, value: unknown): value is Instant | Date {
  return isDate(value) || (typeof value === 'number' && /(?:Tick|At|[sS]ince|Through)$/.test(name));
}
