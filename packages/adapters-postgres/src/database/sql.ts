import type { Instant } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';

/** An instant as a bound parameter of type `timestamptz(3)`. */
export function timestamp(at: Instant | null): RawBuilder<unknown> {
  return sql`${at === null ? null : isoText(at)}::timestamptz(3)`;
}

/** The first instant that PostgreSQL knows. What lies before it is told apart from it by nobody. */
const FIRST_MS = -210_866_803_200_000;

/** ISO 8601 as PostgreSQL reads it, which has no signs for years: `12026-11-24T…`, `0044-03-15T… BC`. */
function isoText(at: Instant): string {
  const iso = new Date(Math.max(at, FIRST_MS)).toISOString();
  const [, sign, years, rest] = /^([+-])(\d{6})(.*)$/.exec(iso) ?? [];
  if (sign === undefined) return iso.replace(/^0000/, '0001').concat(iso.startsWith('0000') ? ' BC' : '');
  return sign === '+' ? `${Number(years)}${rest}` : `${String(Number(years) + 1).padStart(4, '0')}${rest} BC`;
}

/**
 * A whole number as both drivers give it back, to the last digit. As `float8` it would be rounded where a session has
 * other `extra_float_digits`, and `bigint` comes as text.
 */
export function whole(expression: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`pg_catalog.to_json(${expression})`;
}

/** An interval or instant in milliseconds, as `bigint`, for use in other expressions. */
export function epochMs(expression: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(extract(epoch from ${expression}) * 1000::numeric)::bigint`;
}

/** A column of instants as whole milliseconds: the same number from both drivers. */
export function millis(column: string): RawBuilder<Instant | null> {
  return whole(epochMs(sql.ref(column))) as RawBuilder<Instant | null>;
}

/** A duration in milliseconds as an interval. */
export function interval(ms: number): RawBuilder<unknown> {
  return sql`pg_catalog.make_interval(secs => ${ms / 1_000}::float8)`;
}

/** An identifier in quotes, for SQL that people are to run. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

// What a session has set must not change what a statement means: values come out in forms that no setting touches, and
// every function is named with its schema, since one of the same name and closer types elsewhere in the `search_path` would
// be called in its place. That operators fit their operands' types exactly is for the same reason. `unnest` of several
// arrays is syntax, and only without a schema.

/** The names of our tables, quoted with the schema that the host chose. */
export type Tables = ReturnType<typeof tablesIn>;

/** @param isClockPinnable whether "now" is where tests have pinned it, and not always the server's */
export function tablesIn(schema: string, isClockPinnable: boolean) {
  const named = (name: string): RawBuilder<unknown> => sql`${sql.table(`${schema}.${name}`)}`;
  // The quoted name as text, to look a table up in the catalogue.
  const text = (name: string): string => `"${schema}"."${name}"`;
  return {
    lives: named('lives'),
    livesName: text('lives'),
    lifeSpends: named('life_spends'),
    progress: named('player_progress'),
    progressName: text('player_progress'),
    sessions: named('quiz_sessions'),
    sessionsName: text('quiz_sessions'),
    awards: named('xp_awards'),
    rankings: named('rankings'),
    periods: named('leaderboard_periods'),
    openings: named('leaderboard_openings'),
    archive: named('leaderboard_archive'),
    jobs: named('jobs'),
    jobSchedules: named('job_schedules'),
    ruleChanges: named('rule_changes'),
    jobRuns: named('job_runs'),
    jobItemFailures: named('job_item_failures'),
    jobHealth: named('job_health'),
    skewedInstances: named('skewed_instances'),
    alerts: named('alerts'),
    outbox: named('outbox'),
    outboxLanes: named('outbox_lanes'),
    pinnedClock: named('pinned_clock'),
    /** The database's clock, the only one that leases know. */
    now: sql<Instant>`${named(isClockPinnable ? 'test_clock' : 'clock')}()`,
  };
}
