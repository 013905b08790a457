import type { Instant, Json } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import { tableParts } from '../mapping/host-table.ts';
import { hostLives, ownLives } from '../mapping/lives-table.ts';
import { hostProgress, ownProgress } from '../mapping/progress-table.ts';
import { hostSessions, ownSessions } from '../mapping/sessions-table.ts';
import type { TableMapping, TableMappings } from '../mapping/table-mappings.ts';

/** Returns an instant as a bound parameter of type `timestamptz(3)`. */
export function timestamp(at: Instant | null): RawBuilder<unknown> {
  return sql`${instantText(at)}::timestamptz(3)`;
}

/** Returns an instant as the text of a parameter that a statement casts to `timestamptz(3)`. */
export function instantText(at: Instant | null): string | null {
  return at === null ? null : isoText(at);
}

/** The first instant that PostgreSQL supports. Earlier instants are stored as this one. */
const FIRST_MS = -210_866_803_200_000;

/** The first instant of the year 10000. */
const FIVE_DIGIT_YEARS_MS = 253_402_300_800_000;

/**
 * Returns an instant as ISO 8601 in PostgreSQL's form, which has no signs for years: `12026-11-24T…`, `0044-03-15T…
 * BC`.
 */
function isoText(at: Instant): string {
  if (at >= 0 && at < FIVE_DIGIT_YEARS_MS) return new Date(at).toISOString();
  const iso = new Date(Math.max(at, FIRST_MS)).toISOString();
  const [, sign, years, rest] = /^([+-])(\d{6})(.*)$/.exec(iso) ?? [];
  if (sign === undefined) return iso.replace(/^0000/, '0001').concat(iso.startsWith('0000') ? ' BC' : '');
  return sign === '+' ? `${Number(years)}${rest}` : `${String(Number(years) + 1).padStart(4, '0')}${rest} BC`;
}

/**
 * Returns a whole number in the form that both drivers return exactly. `float8` would be rounded in a session with
 * another `extra_float_digits`, and `bigint` is returned as text.
 */
export function whole(expression: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`pg_catalog.to_json(${expression})`;
}

/** Returns an interval or instant in milliseconds, as `bigint`, for other expressions. */
export function epochMs(expression: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(extract(epoch from ${expression}) * 1000::numeric)::bigint`;
}

/** Returns a column of instants as whole milliseconds: the same number from both drivers. */
export function millis(column: string | RawBuilder<unknown>): RawBuilder<Instant | null> {
  const instants = typeof column === 'string' ? sql.ref(column) : column;
  return whole(epochMs(instants)) as RawBuilder<Instant | null>;
}

/** Returns a value as a bound parameter of type `jsonb`; `null` is SQL's. */
export function jsonb(value: Json): RawBuilder<unknown> {
  return sql`${value === null ? null : JSON.stringify(value)}::jsonb`;
}

/** Returns a duration in milliseconds as an interval. */
export function interval(ms: number): RawBuilder<unknown> {
  return sql`pg_catalog.make_interval(secs => ${ms / 1_000}::float8)`;
}

/** Returns a quoted identifier, for SQL that people run. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

// Settings of a session must not change what a statement means. Values are returned in forms that no setting affects,
// and every function is named with its schema, because a function of the same name with closer types elsewhere in the
// `search_path` would be called instead. Operators fit their operands' types exactly for the same reason. `unnest` of
// several arrays is syntax, and works only without a schema.

/** The names of our tables, quoted, with the schema; and tables of the host's that take the place of ours. */
export type Tables = ReturnType<typeof tablesIn>;

/** @param isClockPinnable whether "now" is the pinned clock of tests instead of the server's */
export function tablesIn(
  schema: string,
  isClockPinnable: boolean,
  {
    tables: mappings = {},
    playerLog = true,
  }: { readonly tables?: TableMappings; readonly playerLog?: boolean } = {},
) {
  const named = (name: string): RawBuilder<unknown> => sql`${sql.table(`${schema}.${name}`)}`;
  const table = (name: string, mapping?: TableMapping): RawBuilder<unknown> =>
    mapping ? sql`${sql.id(...tableParts(mapping))}` : named(name);
  // Returns the quoted name as text, for reads of the catalog.
  const text = (name: string, mapping?: TableMapping): string =>
    mapping ? tableParts(mapping).map(quoted).join('.') : `"${schema}"."${name}"`;
  return {
    lives: table('lives', mappings.lives),
    livesName: text('lives', mappings.lives),
    /** The columns of tables that may be the host's. */
    columns: {
      lives: mappings.lives ? hostLives(mappings.lives) : ownLives,
      progress: mappings.progress
        ? hostProgress(mappings.progress, named('streak_evaluations'))
        : ownProgress,
      sessions: mappings.sessions ? hostSessions(mappings.sessions) : ownSessions,
    },
    lifeSpends: named('life_spends'),
    progress: table('player_progress', mappings.progress),
    progressName: text('player_progress', mappings.progress),
    streakEvaluations: named('streak_evaluations'),
    playerLog: named('player_log'),
    streakLog: named('streak_log'),
    /** Whether the log of players is written. */
    keepsPlayerLog: playerLog,
    sessions: table('quiz_sessions', mappings.sessions),
    sessionsName: text('quiz_sessions', mappings.sessions),
    awards: named('xp_awards'),
    rankings: named('rankings'),
    periods: named('leaderboard_periods'),
    openings: named('leaderboard_openings'),
    archivePacks: named('leaderboard_archive_packs'),
    archivePlaces: named('leaderboard_archive_places'),
    pendingCacheUpdates: named('pending_cache_updates'),
    jobs: named('jobs'),
    jobSchedules: named('job_schedules'),
    ruleChanges: named('rule_changes'),
    jobRuns: named('job_runs'),
    jobShards: named('job_shards'),
    jobItemFailures: named('job_item_failures'),
    jobHealth: named('job_health'),
    skewedInstances: named('skewed_instances'),
    alerts: named('alerts'),
    operatorActions: named('operator_actions'),
    outbox: named('outbox'),
    outboxEvents: named('outbox_events'),
    outboxLanes: named('outbox_lanes'),
    pinnedClock: named('pinned_clock'),
    /** The database's clock, the only clock of leases. */
    now: sql<Instant>`${named(isClockPinnable ? 'test_clock' : 'clock')}()`,
  };
}
