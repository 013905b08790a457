import { sql, type RawBuilder } from 'kysely';
import { millis } from '../database/sql.ts';

/** The columns of `job_runs` as core's `Run`. */
export const runColumns: RawBuilder<unknown> = sql`
  job, ${millis('tick')} as tick, status, fence, owner,
  ${millis('started_at')} as "startedAt", ${millis('attempted_at')} as "attemptedAt",
  ${millis('finished_at')} as "finishedAt",
  processed::float8, failed_items::float8 as "failedItems", error
`;
