import type { ActiveRun } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { epochMs, millis, whole, type Tables } from '../database/sql.ts';

/** The index on running runs. Locks nothing. */
export async function listActiveRuns(db: Sql, { jobRuns, now }: Tables): Promise<readonly ActiveRun[]> {
  const { rows } = await sql<ActiveRun>`
    select job, ${millis('tick')} as tick, fence, lease_until is null as "isDivided",
      ${whole(sql`greatest(0, coalesce(${epochMs(sql`lease_until - at`)}, 0))`)} as "heldForMs"
    from ${jobRuns} cross join ${now} as at where status = 'running' order by job
  `.execute(db);
  return rows;
}
