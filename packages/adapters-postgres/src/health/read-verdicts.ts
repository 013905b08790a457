import type { VerdictRecord } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { millis, type Tables } from '../database/sql.ts';

/** Returns the stored verdicts, by the primary key. */
export async function readVerdicts(
  db: Sql,
  { jobHealth }: Tables,
  subjects: readonly string[],
): Promise<readonly VerdictRecord[]> {
  const { rows } = await sql<VerdictRecord>`
    select job, verdict, ${millis('since')} as since, ${millis('last_alert_at')} as "alertedAt", told as "alertedSeverity"
    from ${jobHealth} where job = any (${[...subjects]}::text[])
  `.execute(db);
  return rows;
}
