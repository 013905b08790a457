import { sql, type RawBuilder } from 'kysely';
import { millis, whole } from '../database/sql.ts';

/** The columns of `job_runs` as core's `Run`. */
export const runColumns: RawBuilder<unknown> = sql`
  job, ${millis('tick')} as tick, status, fence, owner as "instanceId",
  ${millis('started_at')} as "startedAt", ${millis('attempted_at')} as "attemptedAt",
  ${millis('finished_at')} as "finishedAt",
  ${whole(sql`processed`)} as processed, ${whole(sql`failed_items`)} as "failedItems", error
`;
