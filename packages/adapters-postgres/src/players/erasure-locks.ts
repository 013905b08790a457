import type { UserId } from '@gamekeeper/core';
import { sql } from 'kysely';
import { hasSnapshot } from '../database/isolation.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import { holdArchives } from '../leaderboards/archive-locks.ts';
import type { BoardTables } from '../leaderboards/hold-periods.ts';
import { assertSnapshotIsCurrent, lockForRename } from '../leaderboards/rename-locks.ts';

/**
 * Waits for everything that may be writing about a player, and keeps it from writing more until the transaction ends: a
 * reset that archives or carries over, by advisory locks; ticks and calls, by the player's rows. A later statement then sees
 * all of it. A transaction with a snapshot fails (40001) if the snapshot does not. Primary keys and the index on players.
 */
export async function lockForErasure(
  db: Sql,
  { tables, schema }: BoardTables,
  userId: UserId,
): Promise<void> {
  await lockForRename(db, schema);
  await holdArchives(db, schema);
  if (await hasSnapshot(db)) {
    // An archive that is being written changes the row of its period.
    await sql`select from ${tables.periods} order by board, period for share`.execute(db);
    await assertSnapshotIsCurrent(db, tables, userId);
  }
  const { lives, progress, sessions } = tables.columns;
  await sql`select from ${tables.progress} where ${progress.id} = ${progress.id.parameter(userId)} for update`.execute(
    db,
  );
  await sql`select from ${tables.lives} where ${lives.id} = ${lives.id.parameter(userId)} for update`.execute(
    db,
  );
  await sql`select from ${tables.sessions} where ${sessions.userId} = ${sessions.userId.parameter(userId)} for update`.execute(
    db,
  );
}
