import { MINUTE_MS, later, livesRefilledKeyPrefix, type RegenerateDue } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import { timestamp, type Tables } from '../database/sql.ts';
import type { Sweep } from '../database/sweep.ts';

/** The rule of regeneration as SQL. Index: (current_lives, next_regen_at). */
export function lifeSweep(tables: Tables, { asOf, rules }: Pick<RegenerateDue, 'asOf' | 'rules'>): Sweep {
  const belowMax = Array.from({ length: rules.maxLives }, (_, lives) => lives);
  const oneBelowMax = sql`${rules.maxLives}::int - 1`;
  const give = (which: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    update ${tables.lives}
    set current_lives = current_lives + 1, last_regen_at = ${timestamp(asOf)},
      next_regen_at = ${timestamp(later(asOf, rules.regenMinutes * MINUTE_MS))}
    where ${which} and next_regen_at <= ${timestamp(asOf)}
  `;
  return {
    table: tables.lives,
    tableName: tables.livesName,
    outbox: tables.outbox,
    id: sql`user_id`,
    isDue: sql`current_lives = any (${belowMax}::int[]) and next_regen_at <= ${timestamp(asOf)}`,
    // Two updates, so that nothing has to be kept of the many who are not full yet and have no event.
    change: (which, onKnownEvent) => sql`
      refilled as (${give(sql`${which} and current_lives = ${oneBelowMax}`)} returning user_id),
      given as (${give(sql`${which} and current_lives < ${oneBelowMax}`)} returning 1),
      changed as (select 1 from refilled union all select 1 from given),
      told as (
        insert into ${tables.outbox} (event_key, type, payload, occurred_at, written_at)
        select ${livesRefilledKeyPrefix(asOf)}::text || user_id, 'LivesRefilled',
          jsonb_build_object('userId', user_id), ${timestamp(asOf)}, (select ${tables.now})
        from refilled ${onKnownEvent}
      )
    `,
  };
}
