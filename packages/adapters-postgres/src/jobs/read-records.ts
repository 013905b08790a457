import { type Instant, type Run } from '@gamekeeper/core';
import {
  RECENT_RUNS,
  type JobSummary,
  type JobRecord,
  type JobSchedule,
  type JobTicks,
  type LeasedRun,
} from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { epochMs, millis, whole, type Tables } from '../database/sql.ts';
import { statement } from '../database/statement.ts';

/**
 * Succeeded or failed. Says which statuses it is not: without statistics on a new ledger, the planner takes a status for
 * rare, and then sorts all runs of a job instead of reading the newest along the primary key.
 */
const hasEnded: RawBuilder<unknown> = sql`status <> 'running' and status <> 'skipped'`;

/** Returns the records of all jobs: by primary keys and the index on running runs, without locks. */
export async function readRecords(db: Sql, tables: Tables): Promise<readonly JobRecord[]> {
  const { jobs, jobRuns, jobHealth } = tables;
  // Subqueries instead of joins: they look up single rows, whatever the planner's statistics are.
  const run = <Shown>(
    shown: RawBuilder<Shown>,
    which: RawBuilder<unknown>,
  ): RawBuilder<Shown | null> => sql<Shown | null>`
    (select ${shown} from ${jobRuns} as run where run.job = known.job and ${which})
  `;
  const { rows } = await sql<JobRecord>`
    select known.job, ${millis('starts_after')} as "startsAfter", ${schedulesOf(tables)} as schedules,
      ${millis('registered_at')} as "registeredAt", ${watermarkOf(tables)} as watermark, ${furthestColumns(tables)},
      ${millis('paused_at')} as "pausedAt", ${millis('resumed_at')} as "resumedAt",
      ${run(leasedRunAsJson, sql`status = 'running'`)} as running,
      ${run(runAsJson, sql`${hasEnded} and status <> 'failed' order by tick desc limit 1`)} as "lastSuccess",
      (select coalesce(pg_catalog.json_agg(${recentAsJson} order by tick desc), '[]') from (${recent(jobRuns)}) as run) as recent,
      (select ${verdictAsJson} from ${jobHealth} as judged where judged.job = known.job) as judged
    from ${jobs} as known cross join ${tables.now} as at order by known.job
  `.execute(db);
  return rows;
}

/** Two tables with few rows, without locks. */
const selectSchedules = statement<object, Pick<JobTicks, 'job' | 'startsAfter'> & JobSchedule>(
  'read_schedules',
  ({ jobs, jobSchedules }) => sql`
    select job, ${millis('starts_after')} as "startsAfter", ${millis('since')} as since, cron, zone as "timeZone"
    from ${jobs} join ${jobSchedules} using (job) order by job, job_schedules.since
  `,
);

/** Returns which ticks each job has. */
export async function readTicks(db: Sql, tables: Tables): Promise<readonly JobTicks[]> {
  const rows = await selectSchedules(db, tables, {});
  const byJob = Map.groupBy(rows, ({ job }) => job);
  return [...byJob].map(([job, its]) => ({
    job,
    startsAfter: its[0]!.startsAfter,
    schedules: its.map(({ since, cron, timeZone }) => ({ since, cron, timeZone })),
  }));
}

/** Returns the tick through which all ticks of a job have ended: primary keys. */
export async function readWatermark(db: Sql, tables: Tables, job: string): Promise<Instant | null> {
  const { rows } = await sql<Pick<JobRecord, 'watermark'>>`
    select ${watermarkOf(tables)} as watermark from ${tables.jobs} as known where known.job = ${job}
  `.execute(db);
  return rows[0]?.watermark ?? null;
}

/** The watermark of the job `known`: by the primary key, backwards. */
function watermarkOf({ jobRuns }: Tables): RawBuilder<unknown> {
  // Ticks end in order, so the newest ended tick is the watermark; the column covers ticks without a row.
  return whole(sql`greatest(
    ${epochMs(sql`watermark`)},
    (select ${epochMs(sql`tick`)} from ${jobRuns} as run
      where run.job = known.job and status <> 'running' order by tick desc limit 1)
  )`);
}

/** The schedules of the job `known` as core's `JobSchedule`: by the primary key. */
function schedulesOf({ jobSchedules }: Tables): RawBuilder<unknown> {
  return sql`(
    select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('since', ${millis('since')}, 'cron', cron, 'timeZone', zone) order by since), '[]')
    from ${jobSchedules} as recorded where recorded.job = known.job
  )`;
}

/** A row of `job_health` as core's `VerdictRecord`. */
const verdictAsJson: RawBuilder<unknown> = sql`pg_catalog.json_build_object(
  'job', job, 'verdict', verdict, 'since', ${millis('since')}, 'alertedAt', ${millis('last_alert_at')},
  'alertedSeverity', told
)`;

const runFields: RawBuilder<unknown> = sql`
  'job', job, 'tick', ${millis('tick')}, 'status', status, 'fence', fence, 'instanceId', owner,
  'startedAt', ${millis('started_at')}, 'attemptedAt', ${millis('attempted_at')}, 'finishedAt', ${millis('finished_at')},
  'processed', processed, 'failedItems', failed_items, 'error', error
`;

/** A row of `job_runs` as core's `Run`. */
const runAsJson: RawBuilder<Run> = sql<Run>`pg_catalog.json_build_object(${runFields})`;

/** A row of `job_runs` as core's `LeasedRun`. */
const leasedRunAsJson: RawBuilder<LeasedRun> = sql<LeasedRun>`
  pg_catalog.json_build_object(${runFields}, 'leaseUntil', ${millis('lease_until')})
`;

/** A row of `job_runs` as core's `RecentRun`. */
const recentAsJson: RawBuilder<unknown> = sql`pg_catalog.json_build_object(
  'tick', ${millis('tick')}, 'status', status, 'failedItems', failed_items, 'error', error,
  'durationMs', ${epochMs(sql`finished_at - started_at`)}
)`;

/** The newest ended runs of a job: the primary key, backwards. */
function recent(jobRuns: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select * from ${jobRuns} as run where run.job = known.job and ${hasEnded}
    order by tick desc limit ${RECENT_RUNS}
  `;
}

/** How far a job's ticks have ended, and its current run: the primary key backwards, and the index on running runs. */
function furthestColumns({ jobRuns }: Tables): RawBuilder<unknown> {
  const furthest = sql`greatest(
    ${epochMs(sql`watermark`)},
    (select ${epochMs(sql`tick`)} from ${jobRuns} as run where run.job = known.job order by tick desc limit 1)
  )`;
  return sql`${whole(furthest)} as furthest, ${millis('at')} as "readAt"`;
}

/** The recent runs of a job with a running or failed run. */
type ProblemRuns = Pick<JobSummary, 'job' | 'running' | 'recent'>;

/** By primary keys and the indexes on running and failed runs, without locks. */
const selectPulses = statement<
  object,
  Omit<JobSummary, keyof Omit<ProblemRuns, 'job'>> & { readonly striking: boolean }
>(
  'read_pulses',
  (tables) => sql`
    select known.job, ${millis('since')} as since, paused_at is not null as paused, status, verdict,
      ${whole(sql`greatest(${epochMs(sql`watermark`)}, ${epochMs(sql`tick`)})`)} as furthest, ${millis('at')} as "readAt",
      ${has(tables, 'running')} or ${has(tables, 'failed')} as striking
    from ${tables.jobs} as known
    left join lateral (
      select tick, status from ${tables.jobRuns} as run where run.job = known.job order by tick desc limit 1
    ) as newest on true
    cross join lateral (
      select greatest(case when tick > starts_after then tick else registered_at end, resumed_at) as since
    ) as known_since
    cross join ${tables.now} as at
    left join (select job, verdict from ${tables.jobHealth}) as judged on judged.job = known.job
  `,
);

/**
 * Returns a summary of each job. Usually no job has a running or failed run, and no second statement is needed.
 */
export async function readPulses(db: Sql, tables: Tables): Promise<readonly JobSummary[]> {
  const rows = await selectPulses(db, tables, {});
  const striking = rows.some((row) => row.striking) ? await readProblemRuns(db, tables) : [];
  const byJob = new Map(striking.map((one) => [one.job, one]));
  return rows.map(({ striking: _striking, ...pulse }) => ({
    ...pulse,
    ...(byJob.get(pulse.job) ?? { running: false, recent: [] }),
  }));
}

/** By the same indexes, and the primary key backwards. */
async function readProblemRuns(db: Sql, tables: Tables): Promise<readonly ProblemRuns[]> {
  const { rows } = await sql<ProblemRuns>`
    select known.job, ${has(tables, 'running')} as running, case when ${has(tables, 'failed')} then (
        select pg_catalog.json_agg(pg_catalog.json_build_object('status', status) order by tick desc) from (${recent(tables.jobRuns)}) as run
      ) else '[]' end as recent
    from ${tables.jobs} as known
  `.execute(db);
  return rows.map((row) => ({
    ...row,
    recent: row.recent.some(({ status }) => status === 'failed') ? row.recent : [],
  }));
}

function has({ jobRuns }: Tables, status: 'running' | 'failed'): RawBuilder<boolean> {
  return sql`exists (select from ${jobRuns} as run where run.job = known.job and run.status = ${sql.lit(status)})`;
}
