import { MINUTE_MS, addMs, type LivesRules } from '@gamekeeper/core';
import type { ComparedLives, Comparison, LivesCounts, LivesTrial } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { epochMs, whole, type Tables } from '../database/sql.ts';
import { lifeSweep } from './life-sweep.ts';

/** Compares a tick by two sets of rules in one statement, so in one snapshot. Reads the table as a whole; no locks. */
export async function compareRules(
  db: Sql,
  tables: Tables,
  { asOf, current, proposed, sample }: LivesTrial,
): Promise<Comparison<LivesCounts, ComparedLives>> {
  const { id, currentLives, nextRegenAt } = tables.columns.lives;
  const due = (rules: LivesRules): RawBuilder<unknown> =>
    sql`coalesce(${lifeSweep(tables, { asOf, rules }).isDue}, false)`;
  const [isNow, isThen] = [due(current), due(proposed)];
  const isAny = sql`(${isNow} or ${isThen})`;
  const hasOtherTimer = current.regenMinutes !== proposed.regenMinutes;
  const differs = hasOtherTimer ? isAny : sql`${isNow} <> ${isThen}`;
  const count = (which: RawBuilder<unknown>) => whole(sql`pg_catalog.count(*) filter (where ${which})`);
  const isLast = ({ maxLives }: LivesRules): RawBuilder<unknown> =>
    sql`${currentLives} = ${maxLives}::int - 1`;
  const after = (isDue: RawBuilder<unknown>, { regenMinutes }: LivesRules): RawBuilder<unknown> => sql`
    pg_catalog.json_build_object(
      'currentLives', ${currentLives} + case when ${isDue} then 1 else 0 end,
      'nextRegenAt', case when ${isDue} then ${String(addMs(asOf, regenMinutes * MINUTE_MS))}::bigint
        else ${epochMs(nextRegenAt.read)} end
    )
  `;
  const { rows } = await sql<Comparison<never, ComparedLives> & Record<Count, number>>`
    select ${count(isNow)} as "givenNow", ${count(sql`${isNow} and ${isLast(current)}`)} as "refilledNow",
      ${count(isThen)} as "givenThen", ${count(sql`${isThen} and ${isLast(proposed)}`)} as "refilledThen",
      ${count(differs)} as differing,
      coalesce((
        select pg_catalog.json_agg(player) from (
          select ${id.read} as "userId", ${currentLives} as "currentLives", ${after(isNow, current)} as current,
            ${after(isThen, proposed)} as proposed
          from ${tables.lives} where ${differs}
          order by ${id.bytewise} limit ${sample}
        ) as player
      ), '[]') as sample
    from ${tables.lives} where ${isAny}
  `.execute(db);
  const { givenNow, refilledNow, givenThen, refilledThen, differing, sample: players } = rows[0]!;
  return {
    current: { given: givenNow, refilled: refilledNow },
    proposed: { given: givenThen, refilled: refilledThen },
    differing,
    sample: players,
  };
}

type Count = 'givenNow' | 'refilledNow' | 'givenThen' | 'refilledThen';
