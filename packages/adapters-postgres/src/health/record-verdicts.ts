import type { Instant } from '@gamekeeper/core';
import type { VerdictChange } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import type { Tables } from '../database/sql.ts';

/** Stores verdicts if the previously read ones are still current. Primary key; locks the rows that it writes. */
export async function recordVerdicts(
  db: Sql,
  { jobHealth }: Tables,
  changes: readonly VerdictChange[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ job: string }>`
    with change as (
      select job, verdict, since::timestamptz(3), nullif(alerted_at, '')::timestamptz(3) as alerted_at,
        nullif(told, '') as told, nullif(was, '') as was, nullif(was_since, '')::timestamptz(3) as was_since,
        nullif(was_alerted_at, '')::timestamptz(3) as was_alerted_at
      from unnest(
        ${changes.map(({ after }) => after.job)}::text[],
        ${changes.map(({ after }) => after.verdict)}::text[],
        ${changes.map(({ after }) => text(after.since))}::text[],
        ${changes.map(({ after }) => text(after.alertedAt))}::text[],
        ${changes.map(({ after }) => after.alertedSeverity ?? '')}::text[],
        ${changes.map(({ before }) => before?.verdict ?? '')}::text[],
        ${changes.map(({ before }) => text(before?.since ?? null))}::text[],
        ${changes.map(({ before }) => text(before?.alertedAt ?? null))}::text[]
      ) as change (job, verdict, since, alerted_at, told, was, was_since, was_alerted_at)
    ),
    first as (
      insert into ${jobHealth} (job, verdict, since, last_alert_at, told)
      select job, verdict, since, alerted_at, told from change where was is null
      on conflict do nothing
      returning job
    ),
    later as (
      update ${jobHealth} as judged
      set verdict = change.verdict, since = change.since, last_alert_at = change.alerted_at, told = change.told
      from change
      where judged.job = change.job and judged.verdict = change.was and judged.since = change.was_since
        and judged.last_alert_at is not distinct from change.was_alerted_at
      returning judged.job
    )
    select job from first union all select job from later
  `.execute(db);
  return rows.map(({ job }) => job);
}

/** Empty for none: with `array_nulls` off, a NULL in an array is text. */
function text(at: Instant | null): string {
  return at === null ? '' : new Date(at).toISOString();
}
