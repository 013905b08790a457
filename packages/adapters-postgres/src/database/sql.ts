import type { Instant } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';

/** An instant as a bound parameter of type `timestamptz(3)`. */
export function timestamp(at: Instant | null): RawBuilder<unknown> {
  return sql`${at === null ? null : new Date(at).toISOString()}::timestamptz(3)`;
}

/** A column of instants as whole milliseconds: the same number from both drivers. */
export function millis(column: string): RawBuilder<Instant | null> {
  return sql<Instant | null>`(extract(epoch from ${sql.ref(column)}) * 1000)::float8`;
}

/** A duration in milliseconds as an interval. */
export function interval(ms: number): RawBuilder<unknown> {
  return sql`make_interval(secs => ${ms}::float8 / 1000)`;
}

/** The names of our tables, quoted with the schema that the host chose. */
export type Tables = ReturnType<typeof tablesIn>;

export function tablesIn(schema: string) {
  const named = (name: string): RawBuilder<unknown> => sql`${sql.table(`${schema}.${name}`)}`;
  // The quoted name as text, to look a table up in the catalogue.
  const text = (name: string): string => `"${schema}"."${name}"`;
  return {
    lives: named('lives'),
    livesName: text('lives'),
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
    jobRuns: named('job_runs'),
    jobItemFailures: named('job_item_failures'),
    jobHealth: named('job_health'),
    alerts: named('alerts'),
    outbox: named('outbox'),
    outboxLanes: named('outbox_lanes'),
    pinnedClock: named('pinned_clock'),
    /** The database's clock, the only one that leases know. */
    now: sql<Instant>`${named('clock')}()`,
  };
}
