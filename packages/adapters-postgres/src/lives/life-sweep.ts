import { MINUTE_MS, later, livesRefilledKeyPrefix, type RegenerateDue } from '@gamekeeper/core';
import { sql } from 'kysely';
import { timestamp, type Tables } from '../database/sql.ts';
import type { Sweep } from '../database/sweep.ts';

/** The rule of regeneration as SQL. Index: (current_lives, next_regen_at). */
export function lifeSweep(tables: Tables, { asOf, rules }: Pick<RegenerateDue, 'asOf' | 'rules'>): Sweep {
  const nextRegenAt = later(asOf, rules.regenMinutes * MINUTE_MS);
  const belowMax = Array.from({ length: rules.maxLives }, (_, lives) => lives);
  return {
    table: tables.lives,
    tableName: tables.livesName,
    isDue: sql`current_lives = any (${belowMax}::int[]) and next_regen_at <= ${timestamp(asOf)}`,
    change: (which) => sql`
      changed as (
        update ${tables.lives}
        set current_lives = current_lives + 1, last_regen_at = ${timestamp(asOf)},
          next_regen_at = ${timestamp(nextRegenAt)}
        where ${which} and current_lives < ${rules.maxLives}::int and next_regen_at <= ${timestamp(asOf)}
        returning user_id, current_lives
      ),
      refilled as (
        insert into ${tables.outbox} (event_key, type, payload, occurred_at)
        select ${livesRefilledKeyPrefix(asOf)}::text || user_id, 'LivesRefilled',
          jsonb_build_object('userId', user_id), ${timestamp(asOf)}
        from changed where current_lives = ${rules.maxLives}::int
        on conflict (event_key) do nothing
      )
    `,
  };
}
