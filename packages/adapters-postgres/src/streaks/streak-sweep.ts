import { coveredDay, streakEventKeyPrefix, type StreakTick } from '@gamekeeper/core/game';
import { sql } from 'kysely';
import { timestamp, type Tables } from '../database/sql.ts';
import type { Sweep } from '../database/due-rows.ts';
import { packedEvents } from '../events/packed-events.ts';
import { ownId } from '../mapping/column.ts';

/** The rule of a daily tick as SQL. Index: (last_quiz_at) where current_streak > 0. */
export function streakSweep(tables: Tables, tick: StreakTick): Sweep {
  const inDanger = sql`
    current_streak > 0 and last_quiz_at < ${timestamp(tick.lastQuizBefore)}
    and (streak_evaluated_on is null or streak_evaluated_on < ${tick.day}::date)
  `;
  const told = (type: 'StreakProtected' | 'StreakBroken') => ({
    type,
    occurredAt: tick.asOf,
    keyPrefix: streakEventKeyPrefix(type, tick),
    user: 'user_id',
    item: { field: 'userId', column: 'user_id' },
  });
  return {
    table: tables.progress,
    tableName: tables.progressName,
    outbox: tables.outbox,
    id: ownId('user_id'),
    isDue: inDanger,
    change: (which) => sql`
      changed as (
        update ${tables.progress}
        set streak_evaluated_on = ${tick.day}::date,
          streak_protections = greatest(streak_protections - 1, 0),
          current_streak = case when streak_protections > 0 then current_streak else 0 end,
          lost_streak = case when streak_protections > 0 then lost_streak else current_streak end
        where ${which} and ${inDanger}
        returning user_id, current_streak > 0 as kept, lost_streak
      ),
      told_protected as (${packedEvents(tables, {
        ...told('StreakProtected'),
        rows: sql`changed where kept`,
        common: { day: coveredDay(tick) },
      })}),
      told_broken as (${packedEvents(tables, {
        ...told('StreakBroken'),
        rows: sql`changed where not kept`,
        detail: { field: 'lostStreak', column: 'lost_streak' },
      })})
    `,
  };
}
