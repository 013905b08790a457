import type { Instant, JobRecord, Run, VerdictRecord } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { millis, type Tables } from '../database/sql.ts';

interface Row {
  readonly job: string;
  readonly registeredAt: Instant;
  readonly watermark: Instant;
  readonly running: Run | null;
  readonly lastSuccess: Run | null;
  readonly lastEnded: Run | null;
  readonly verdict: VerdictRecord['verdict'] | null;
  readonly since: Instant;
}

/** What is known of each job: by primary keys and the index on running runs, without locks. */
export async function readRecords(
  db: Sql,
  { jobs, jobRuns, jobHealth }: Tables,
): Promise<readonly JobRecord[]> {
  // Subqueries and not joins: they look rows up one by one whatever the planner believes about the tables.
  const run = (which: RawBuilder<unknown>): RawBuilder<Run | null> => sql<Run | null>`
    (select ${runAsJson} from ${jobRuns} as run where run.job = known.job and ${which})
  `;
  const { rows } = await sql<Row>`
    select known.job, ${millis('registered_at')} as "registeredAt", ${millis('watermark')} as watermark,
      ${run(sql`run.status = 'running'`)} as running,
      ${run(sql`run.tick = known.last_success`)} as "lastSuccess",
      ${run(sql`run.tick = known.last_ended`)} as "lastEnded",
      (select verdict from ${jobHealth} as judged where judged.job = known.job) as verdict,
      (select ${millis('since')} from ${jobHealth} as judged where judged.job = known.job) as since
    from ${jobs} as known order by known.job
  `.execute(db);
  return rows.map(({ verdict, since, ...record }) => ({
    ...record,
    judged: verdict === null ? null : { job: record.job, verdict, since },
  }));
}

/** A row of `job_runs` as core's `Run`. */
const runAsJson: RawBuilder<unknown> = sql`jsonb_build_object(
  'job', job, 'tick', ${millis('tick')}, 'status', status, 'fence', fence, 'owner', owner,
  'startedAt', ${millis('started_at')}, 'finishedAt', ${millis('finished_at')},
  'processed', processed, 'failedItems', failed_items, 'error', error
)`;
