import type { Lives, UserId } from '@gamekeeper/core';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { millis, timestamp, type Tables } from '../database/sql.ts';

/**
 * Reserves a key, or returns the result of the spend with this key. Primary key; waits for a transaction that has
 * reserved it, and makes others wait until this one ends.
 */
export async function reserveSpend(
  db: Sql,
  { lifeSpends, now }: Tables,
  { userId, idempotencyKey }: { readonly userId: UserId; readonly idempotencyKey: string },
): Promise<Lives | null> {
  for (;;) {
    const reserved = await sql`
      insert into ${lifeSpends} (user_id, idempotency_key, recorded_at) values (${userId}, ${idempotencyKey}, ${now})
      on conflict do nothing
    `.execute(db);
    if (reserved.numAffectedRows === 1n) return null;
    // A separate statement, which sees what was committed meanwhile. If it finds nothing, retention has removed the
    // row.
    const { rows } = await sql<Lives>`
      select user_id as "userId", current_lives as "currentLives",
        ${millis('last_regen_at')} as "lastRegenAt", ${millis('next_regen_at')} as "nextRegenAt"
      from ${lifeSpends} where user_id = ${userId} and idempotency_key = ${idempotencyKey}
    `.execute(db);
    if (rows[0]) return rows[0];
  }
}

/** Records the result of a spend, or releases its key. Primary key; the row is locked already. */
export async function completeSpend(
  db: Sql,
  { lifeSpends }: Tables,
  { userId, idempotencyKey }: { readonly userId: UserId; readonly idempotencyKey: string },
  lives: Lives | null,
): Promise<void> {
  const at = sql`user_id = ${userId} and idempotency_key = ${idempotencyKey}`;
  const statement = lives
    ? sql`
        update ${lifeSpends} set current_lives = ${lives.currentLives}, last_regen_at = ${timestamp(lives.lastRegenAt)},
          next_regen_at = ${timestamp(lives.nextRegenAt)}
        where ${at}
      `
    : sql`delete from ${lifeSpends} where ${at}`;
  await statement.execute(db);
}
