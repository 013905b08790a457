import type { ComparedStreak, Comparison, StreakCounts, StreakTrial } from '@gamekeeper/core/ports';
import type { StreakTick } from '@gamekeeper/core/game';
import { sql, type RawBuilder } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { epochMs, whole, type Tables } from '../database/sql.ts';
import { streakSweep } from './streak-sweep.ts';

/**
 * Compares two ticks in one statement, so in one snapshot. Index as of the sweep, once for the counts and once for the
 * sample; no locks.
 */
export async function compareTicks(
  db: Sql,
  tables: Tables,
  { current, proposed, sample }: StreakTrial,
): Promise<Comparison<StreakCounts, ComparedStreak>> {
  const { id, currentStreak, protections, lastQuizAt } = tables.columns.progress;
  const isNow = isInDanger(tables, current);
  const isThen = isInDanger(tables, proposed);
  const isAny = sql`(${isNow} or ${isThen})`;
  const count = (which: RawBuilder<unknown>) => whole(sql`pg_catalog.count(*) filter (where ${which})`);
  const isProtected = sql`${protections} > 0`;
  const outcome = (inDanger: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`case when not ${inDanger} then 'kept' when ${isProtected} then 'protected' else 'broken' end`;
  const { rows } = await sql<Comparison<never, ComparedStreak> & Record<Count, number>>`
    select ${count(sql`${isNow} and ${isProtected}`)} as "protectedNow",
      ${count(sql`${isNow} and not ${isProtected}`)} as "brokenNow",
      ${count(sql`${isThen} and ${isProtected}`)} as "protectedThen",
      ${count(sql`${isThen} and not ${isProtected}`)} as "brokenThen",
      ${count(sql`${isNow} <> ${isThen}`)} as differing,
      coalesce((
        select pg_catalog.json_agg(player) from (
          select ${id.read} as "userId", ${currentStreak} as "currentStreak", ${protections} as protections,
            ${epochMs(lastQuizAt.read)} as "lastQuizAt", ${outcome(isNow)} as current, ${outcome(isThen)} as proposed
          from ${tables.progress} where ${isAny} and ${isNow} <> ${isThen}
          order by ${id.bytewise} limit ${sample}
        ) as player
      ), '[]') as sample
    from ${tables.progress} where ${isAny}
  `.execute(db);
  const { protectedNow, brokenNow, protectedThen, brokenThen, differing, sample: players } = rows[0]!;
  return {
    current: { protected: protectedNow, broken: brokenNow },
    proposed: { protected: protectedThen, broken: brokenThen },
    differing,
    sample: players,
  };
}

type Count = 'protectedNow' | 'brokenNow' | 'protectedThen' | 'brokenThen';

/** Never null, whatever the columns are. */
function isInDanger(tables: Tables, tick: StreakTick): RawBuilder<unknown> {
  return sql`coalesce(${streakSweep(tables, tick).isDue}, false)`;
}
