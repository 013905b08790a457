import { coveredDay, streakEventKeyPrefix, type StreakTick } from '@gamekeeper/core/game';
import { sql } from 'kysely';
import { timestamp, type Tables } from '../database/sql.ts';
import type { Sweep } from '../database/due-rows.ts';
import { packedEvents } from '../events/packed-events.ts';
import { judgedLog } from '../players/streak-log.ts';
import { judgedStreaks } from './judged-streaks.ts';

/** The rule of a daily tick as SQL. Index: (last_quiz_at) where current_streak > 0. */
export function streakSweep(tables: Tables, tick: StreakTick): Sweep {
  const { id, currentStreak, lastQuizAt, evaluatedOn, readEvaluatedOn } = tables.columns.progress;
  const isUnjudged = evaluatedOn
    ? sql`(${evaluatedOn} is null or ${evaluatedOn} < ${tick.day}::date)`
    : sql`coalesce(${readEvaluatedOn} < ${tick.day}::date, true)`;
  const inDanger = sql`
    ${currentStreak} > 0 and ${lastQuizAt} < ${lastQuizAt.write(timestamp(tick.lastQuizBefore))} and ${isUnjudged}
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
    told: ['told_protected', 'told_broken'],
    id,
    isDue: inDanger,
    change: (which) => sql`
      ${judgedStreaks(tables, tick, { which, inDanger })}
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
      ${judgedLog(tables, tick)}
    `,
  };
}
