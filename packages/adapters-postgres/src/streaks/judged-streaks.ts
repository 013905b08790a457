import type { StreakTick } from '@gamekeeper/core/game';
import { sql, type RawBuilder } from 'kysely';
import type { Tables } from '../database/sql.ts';

/**
 * Returns the expression `changed` of a streak sweep: it judges the streaks of a condition that are in danger, and has a
 * row for each with `user_id`, whether the streak was `kept`, `lost_streak` (if it was not), and what the log keeps.
 */
export function judgedStreaks(
  tables: Tables,
  tick: StreakTick,
  { which, inDanger }: { readonly which: RawBuilder<unknown>; readonly inDanger: RawBuilder<unknown> },
): RawBuilder<unknown> {
  const { id, currentStreak, protections, lastQuizAt, evaluatedOn, lostStreak, touch } =
    tables.columns.progress;
  if (!evaluatedOn || !lostStreak) return judgedWithLock(tables, tick, { which, inDanger });
  return sql`
    changed as (
      update ${tables.progress} as player
      set ${evaluatedOn} = ${tick.day}::date,
        ${protections} = greatest(${protections} - 1, 0),
        ${currentStreak} = case when ${protections} > 0 then ${currentStreak} else 0 end,
        ${lostStreak} = case when ${protections} > 0 then ${lostStreak} else ${currentStreak} end ${touch}
      where ${which} and ${inDanger}
      returning ${id.read} as user_id, ${currentStreak} > 0 as kept, ${lostStreak} as lost_streak,
        ${currentStreak} as streak, ${protections} as protections_left, ${lastQuizAt.read} as last_quiz_at
    ),
  `;
}

/**
 * The same for a table of the host's that lacks a column: the rows are locked before they change, so that the streak of
 * before is known, and so that the day in the side table is compared after a wait for another transaction.
 */
function judgedWithLock(
  tables: Tables,
  tick: StreakTick,
  { which, inDanger }: { readonly which: RawBuilder<unknown>; readonly inDanger: RawBuilder<unknown> },
): RawBuilder<unknown> {
  const { id, currentStreak, protections, lastQuizAt, evaluatedOn, lostStreak, touch } =
    tables.columns.progress;
  const marked = sql`
    marked as (
      insert into ${tables.streakEvaluations} as known (user_id, evaluated_on)
      select user_id, ${tick.day}::date from locked order by user_id collate "C"
      on conflict (user_id) do update set evaluated_on = excluded.evaluated_on
      where known.evaluated_on is null or known.evaluated_on < excluded.evaluated_on
      returning user_id
    ),
  `;
  return sql`
    locked as materialized (
      select ${id} as key, ${id.read} as user_id, ${currentStreak} as streak, ${protections} as protections,
        ${lastQuizAt.read} as last_quiz_at
      from ${tables.progress} where ${which} and ${inDanger} for update
    ),
    ${evaluatedOn ? sql`` : marked}
    changed as (
      update ${tables.progress} as player
      set ${protections} = greatest(locked.protections - 1, 0),
        ${currentStreak} = case when locked.protections > 0 then locked.streak else 0 end
        ${evaluatedOn ? sql`, ${evaluatedOn} = ${tick.day}::date` : sql``}
        ${lostStreak ? sql`, ${lostStreak} = case when locked.protections > 0 then player.${lostStreak} else locked.streak end` : sql``}
        ${touch}
      from ${evaluatedOn ? sql`locked` : sql`locked join marked using (user_id)`}
      where player.${id} = locked.key
      returning locked.user_id, locked.protections > 0 as kept, locked.streak as lost_streak,
        locked.streak, locked.protections - 1 as protections_left, locked.last_quiz_at
    ),
  `;
}
