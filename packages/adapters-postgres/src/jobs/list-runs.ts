import type { Run, RunStatus } from '@gamekeeper/core';
import type { RunsPage } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { timestamp, type Tables } from '../database/sql.ts';
import { runColumns } from './run-columns.ts';

/** Primary key, backwards; for only failed or only running runs, their partial index. Locks nothing. */
export async function listRuns(
  db: Sql,
  { jobRuns }: Tables,
  job: string,
  { before, from, status, limit }: RunsPage,
): Promise<readonly Run[]> {
  const { rows } = await sql<Run>`
    select ${runColumns} from ${jobRuns}
    where job = ${job}
      and ${before === undefined ? sql`true` : sql`tick < ${timestamp(before)}`}
      and ${from === undefined ? sql`true` : sql`tick >= ${timestamp(from)}`}
      and ${status === undefined ? sql`true` : statusAmong(status)}
    order by job_runs.tick desc limit ${limit}
  `.execute(db);
  return rows;
}

/** Statuses are literals, because a parameter prevents the use of a partial index. */
function statusAmong(status: readonly RunStatus[]): RawBuilder<unknown> {
  const [first, ...more] = status.map((one) => sql`status = ${sql.lit(one)}`);
  return first ? sql`(${sql.join([first, ...more], sql` or `)})` : sql`false`;
}
