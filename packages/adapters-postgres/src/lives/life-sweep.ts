import { MINUTE_MS, addMs, type Instant, type LivesRules } from '@gamekeeper/core';
import { type LifeRegenerationBatch } from '@gamekeeper/core/ports';
import { livesRefilledKeyPrefix, raiseOf } from '@gamekeeper/core/game';
import { sql } from 'kysely';
import { timestamp, type Tables } from '../database/sql.ts';
import type { Sweep } from '../database/due-rows.ts';
import { packedEvents } from '../events/packed-events.ts';

/**
 * The rule of life regeneration as SQL. A tick leaves every indexed column as it is, so PostgreSQL rewrites rows in
 * place; only a player who becomes full moves from the index of players below their maximum to the other one. In a table
 * of the host's without such indexes, due rows are found in the order of the table.
 */
export function lifeSweep(
  tables: Tables,
  { asOf, rules }: Pick<LifeRegenerationBatch, 'asOf' | 'rules'>,
): Sweep {
  const { id, currentLives, lastRegenAt, nextRegenAt, fullLives, maxLives, touch } = tables.columns.lives;
  const { belowMax, raised } = levels(rules, asOf);
  const timerEnded = sql`${nextRegenAt} <= ${nextRegenAt.write(timestamp(asOf))}`;
  const isBelow = sql`${currentLives} = any (${belowMax}::int[]) and ${timerEnded}`;
  // Players who were full when the maximum was raised may have no timer.
  const isRaised = sql`${currentLives} = any (${raised}::int[]) and (${timerEnded} or ${nextRegenAt} is null)`;
  const isPlain = belowMax.length === rules.maxLives;
  const isDue = raised.length === 0 ? isBelow : sql`(${isBelow} or ${isRaised})`;
  const max = sql`${rules.maxLives}::int`;
  return {
    table: tables.lives,
    tableName: tables.livesName,
    outbox: tables.outbox,
    told: ['told'],
    id,
    isDue,
    // Whatever wrote a row, the database computes `full_lives`, the maximum that the player has reached. Only a row
    // with none or with a lower one than today's can be due.
    ...(fullLives && {
      walk: { staying: sql`${fullLives} is null`, leaving: sql`${fullLives} < ${max}` },
    }),
    isIndexed: fullLives !== null,
    // Of the many players who are not full yet and have no event, only a null is kept.
    change: (which) => sql`
      changed as (
        update ${tables.lives} as lives
        set ${currentLives} = ${currentLives} + 1, ${maxLives ? sql`${maxLives} = ${max},` : sql``}
          ${lastRegenAt} = ${lastRegenAt.write(timestamp(asOf))},
          ${nextRegenAt} = ${nextRegenAt.write(timestamp(addMs(asOf, rules.regenMinutes * MINUTE_MS)))} ${touch}
        where ${which} and ${isPlain ? sql`${currentLives} < ${max} and ${timerEnded}` : isDue}
        returning case when ${currentLives} = ${max} then ${id.read} end as refilled
      ),
      told as (${packedEvents(tables, {
        type: 'LivesRefilled',
        occurredAt: asOf,
        keyPrefix: livesRefilledKeyPrefix(asOf),
        rows: sql`changed where refilled is not null`,
        user: 'refilled',
        item: { field: 'userId', column: 'refilled' },
      })})
    `,
  };
}

/**
 * The numbers of lives to which a tick adds: with their own timer, or with a timer that began when the maximum was
 * raised and has ended.
 */
function levels(
  rules: LivesRules,
  asOf: Instant,
): { readonly belowMax: readonly number[]; readonly raised: readonly number[] } {
  const all = Array.from({ length: rules.maxLives }, (_, lives) => ({ lives, raise: raiseOf(lives, rules) }));
  const livesOf = (which: typeof all): readonly number[] => which.map(({ lives }) => lives);
  return {
    belowMax: livesOf(all.filter(({ raise }) => !raise)),
    raised: livesOf(all.filter(({ raise }) => raise && raise.notBefore <= asOf)),
  };
}
