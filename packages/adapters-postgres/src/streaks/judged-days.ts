import { sql, type RawBuilder } from 'kysely';
import type { Tables } from '../database/sql.ts';

/**
 * Returns an insert of the days that were judged last into the side table, for streaks in a table of the host's without
 * a column for it. Primary key; the streaks are locked already.
 *
 * @param days a select of ids and days
 */
export function judgedDays({ streakEvaluations }: Tables, days: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into ${streakEvaluations} (user_id, evaluated_on) ${days}
    on conflict (user_id) do update set evaluated_on = excluded.evaluated_on
  `;
}
