import { RECENT_RUNS, type JobPulse, type JobRecord, type Run } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { millis, type Tables } from '../database/sql.ts';

/** What is known of each job: by primary keys and the index on running runs, without locks. */
export async function readRecords(
  db: Sql,
  { jobs, jobRuns, jobHealth }: Tables,
): Promise<readonly JobRecord[]> {
  // Subqueries and not joins: they look rows up one by one whatever the planner believes about the tables.
  const run = (which: RawBuilder<unknown>): RawBuilder<Run | null> => sql<Run | null>`
    (select ${runAsJson} from ${jobRuns} as run where run.job = known.job and ${which})
  `;
  // Ticks are settled in order, so the newest settled one tells how far; the column holds for ticks without a row.
  const watermark = sql`greatest(
    ${millis('watermark')},
    (select ${millis('tick')} from ${jobRuns} as run
      where run.job = known.job and status <> 'running' order by tick desc limit 1)
  )`;
  const { rows } = await sql<JobRecord>`
    select known.job, ${millis('registered_at')} as "registeredAt", ${watermark} as watermark,
      ${millis('paused_at')} as "pausedAt", ${millis('resumed_at')} as "resumedAt",
      ${run(sql`status = 'running'`)} as running,
      ${run(sql`status = 'succeeded' order by tick desc limit 1`)} as "lastSuccess",
      (select coalesce(json_agg(${runAsJson} order by tick desc), '[]') from (${recent(jobRuns)}) as run) as recent,
      (select ${verdictAsJson} from ${jobHealth} as judged where judged.job = known.job) as judged
    from ${jobs} as known order by known.job
  `.execute(db);
  return rows;
}

/** A row of `job_health` as core's `VerdictRecord`. */
const verdictAsJson: RawBuilder<unknown> = sql`json_build_object(
  'job', job, 'verdict', verdict, 'since', ${millis('since')}, 'alertedAt', ${millis('last_alert_at')}
)`;

/** A row of `job_runs` as core's `Run`. */
const runAsJson: RawBuilder<unknown> = sql`json_build_object(
  'job', job, 'tick', ${millis('tick')}, 'status', status, 'fence', fence, 'owner', owner,
  'startedAt', ${millis('started_at')}, 'attemptedAt', ${millis('attempted_at')}, 'finishedAt', ${millis('finished_at')},
  'processed', processed, 'failedItems', failed_items, 'error', error
)`;

/** The newest runs of a job that ended: the primary key, backwards. */
function recent(jobRuns: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select * from ${jobRuns} as run where run.job = known.job and status in ('succeeded', 'failed')
    order by tick desc limit ${RECENT_RUNS}
  `;
}

/**
 * How each job stands at a glance: by primary keys and the indexes on running and failed runs, without locks. The
 * recent runs of a job of which none on record has failed are not read.
 */
export async function readPulses(
  db: Sql,
  { jobs, jobRuns, jobHealth }: Tables,
): Promise<readonly JobPulse[]> {
  const has = (status: string): RawBuilder<boolean> => sql`
    exists (select from ${jobRuns} as run where run.job = known.job and run.status = ${sql.lit(status)})
  `;
  const { rows } = await sql<JobPulse>`
    select known.job, ${millis('since')} as since, paused_at is not null as paused, status, verdict,
      ${has('running')} as running,
      case when ${has('failed')} then (
        select json_agg(json_build_object('status', run.status) order by tick desc) from (${recent(jobRuns)}) as run
      ) else '[]' end as recent
    from ${jobs} as known
    left join lateral (
      select tick, status from ${jobRuns} as run where run.job = known.job order by tick desc limit 1
    ) as newest on true
    cross join lateral (select greatest(coalesce(tick, registered_at), resumed_at) as since) as known_since
    left join (select job, verdict from ${jobHealth}) as judged on judged.job = known.job
  `.execute(db);
  return rows.map((pulse) => ({ ...pulse, recent: hasFailed(pulse) ? pulse.recent : [] }));
}

function hasFailed({ recent: runs }: JobPulse): boolean {
  return runs.some(({ status }) => status === 'failed');
}
