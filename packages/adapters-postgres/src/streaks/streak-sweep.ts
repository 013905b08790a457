import { coveredDay, streakEventKeyPrefix, type StreakTick } from '@gamekeeper/core/game';
import { sql } from 'kysely';
import { timestamp, type Tables } from '../database/sql.ts';
import type { Sweep } from '../database/due-rows.ts';
import { ownId } from '../mapping/column.ts';

/** The rule of a daily tick as SQL. Index: (last_quiz_at) where current_streak > 0. */
export function streakSweep(tables: Tables, tick: StreakTick): Sweep {
  const inDanger = sql`
    current_streak > 0 and last_quiz_at < ${timestamp(tick.lastQuizBefore)}
    and (streak_evaluated_on is null or streak_evaluated_on < ${tick.day}::date)
  `;
  return {
    table: tables.progress,
    tableName: tables.progressName,
    outbox: tables.outbox,
    id: ownId('user_id'),
    isDue: inDanger,
    change: (which, onKnownEvent) => sql`
      changed as (
        update ${tables.progress}
        set streak_evaluated_on = ${tick.day}::date,
          streak_protections = greatest(streak_protections - 1, 0),
          current_streak = case when streak_protections > 0 then current_streak else 0 end,
          lost_streak = case when streak_protections > 0 then lost_streak else current_streak end
        where ${which} and ${inDanger}
        returning user_id, current_streak > 0 as kept, lost_streak
      ),
      told as (
        insert into ${tables.outbox} (event_key, type, payload, occurred_at, written_at)
        select
          case when kept then ${streakEventKeyPrefix('StreakProtected', tick)}::text
            else ${streakEventKeyPrefix('StreakBroken', tick)}::text end || user_id,
          case when kept then 'StreakProtected' else 'StreakBroken' end,
          case when kept then pg_catalog.jsonb_build_object('userId', user_id, 'day', ${coveredDay(tick)}::text)
            else pg_catalog.jsonb_build_object('userId', user_id, 'lostStreak', lost_streak) end,
          ${timestamp(tick.asOf)}, (select ${tables.now})
        from changed order by kept, user_id ${onKnownEvent}
      )
    `,
  };
}
