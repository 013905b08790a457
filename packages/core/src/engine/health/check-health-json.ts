import { iso } from '../time/instant.ts';
import type { WithDates } from '../time/with-dates.ts';
import type { CheckHealth } from './check.ts';
import type { InstantsAsText } from './job-health-json.ts';

/** A check's health as JSON. */
export type CheckHealthJson = InstantsAsText<Omit<CheckHealth, 'since'>> & { readonly since: string | null };

/**
 * Returns a check's health as JSON. Instants become ISO text; a field of the facts is an instant if its name ends in
 * `At`, such as `endedAt`.
 */
export function checkHealthJson({
  since,
  facts,
  ...health
}: CheckHealth | WithDates<CheckHealth>): CheckHealthJson {
  return { ...health, since: since === null ? null : iso(since), facts: factsJson(facts) };
}

function factsJson(facts: object | null): object | null {
  return facts && (JSON.parse(JSON.stringify(facts, instantAsText)) as object);
}

function instantAsText(name: string, value: unknown): unknown {
  return typeof value === 'number' && name.endsWith('At') && Math.abs(value) <= LAST_INSTANT
    ? iso(value)
    : value;
}

/** The latest date that JavaScript supports. Milliseconds since 1970. */
const LAST_INSTANT = 8_640_000_000_000_000;
