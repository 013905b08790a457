import type { Instant, JobRecord, Run } from '@gamekeeper/core';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { millis, type Tables } from '../database/sql.ts';
import { runColumns } from './run-columns.ts';

interface Found extends Run {
  readonly role: 'running' | 'lastSuccess' | 'lastEnded';
}

/** What is known of each job: two statements, by primary keys and the index on running runs, without locks. */
export async function readRecords(db: Sql, { jobs, jobRuns }: Tables): Promise<readonly JobRecord[]> {
  const registered = await sql<{ job: string; registeredAt: Instant; watermark: Instant }>`
    select job, ${millis('registered_at')} as "registeredAt", ${millis('watermark')} as watermark
    from ${jobs} order by job
  `.execute(db);
  const found = await sql<Found>`
    select role, ${runColumns}
    from (select job as name from ${jobs}) as registered cross join lateral (
      (select 'running' as role, run.* from ${jobRuns} as run
        where run.job = registered.name and status = 'running')
      union all
      (select 'lastSuccess', run.* from ${jobRuns} as run
        where run.job = registered.name and status = 'succeeded' order by tick desc limit 1)
      union all
      (select 'lastEnded', run.* from ${jobRuns} as run
        where run.job = registered.name and status in ('succeeded', 'failed') order by tick desc limit 1)
    ) as run
  `.execute(db);
  return registered.rows.map((record) => {
    const run = (role: Found['role']): Run | null => {
      const row = found.rows.find((candidate) => candidate.job === record.job && candidate.role === role);
      if (!row) return null;
      const { role: _role, ...rest } = row;
      return rest;
    };
    return {
      ...record,
      running: run('running'),
      lastSuccess: run('lastSuccess'),
      lastEnded: run('lastEnded'),
    };
  });
}
