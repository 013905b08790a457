import type { UserId } from '@gamekeeper/core';
import { sql } from 'kysely';
import { SHORT_LOCK_TIMEOUT_MS, lockTimeout, withRowLockedError } from '../database/lock-timeouts.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import type { Tables } from '../database/sql.ts';

/**
 * Makes renames and batches that carry names over to the next period exclude each other by an advisory lock, shared
 * among renames and erasures: neither sees the row that the other is about to commit, so without the lock an old name would stay.
 */
export async function lockForRename(db: Sql, schema: string): Promise<void> {
  await sql`select pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtext(${schema}::text || ' renames'), 0)`.execute(
    db,
  );
}

/**
 * Shows a new name on the boards whose reset is not finished: a sealed board may still be carried over. A separate
 * statement: by now the player's row is locked, so it sees awards that held it, and rows carried over. Primary keys.
 */
export async function renameOnBoards(
  db: Sql,
  { tables, schema }: { readonly tables: Tables; readonly schema: string },
  { userId, username }: { readonly userId: UserId; readonly username: string },
): Promise<void> {
  const { rankings, periods } = tables;
  await lockForRename(db, schema);
  await sql`
    update ${rankings} as ranking set username = ${username} from ${periods} as open
    where open.reset_at is null and ranking.board = open.board and ranking.period = open.period
      and ranking.user_id = ${userId} and ranking.username <> ${username}
  `.execute(db);
}

/** @throws {RowLockedError} if a concurrent rename does not end */
export async function lockForCarryOver(db: Sql, schema: string): Promise<void> {
  await withRowLockedError('A name', () =>
    sql`
      select ${lockTimeout(SHORT_LOCK_TIMEOUT_MS)}, pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext(${schema}::text || ' renames'), 0)
    `.execute(db),
  );
}

/**
 * Fails with a serialization error (40001) if, after this transaction's snapshot, the player was added to a board or a
 * period was opened. The snapshot cannot see that row, so it would keep the old name. The test insert is rolled back at
 * once, and concurrent carry-overs are blocked already. Primary keys.
 */
export async function assertSnapshotIsCurrent(
  db: Sql,
  { rankings, periods, openings }: Tables,
  userId: UserId,
): Promise<void> {
  await sql`savepoint before_look`.execute(db);
  await sql`select from ${openings} order by board for share`.execute(db);
  await sql`
    insert into ${rankings} (board, period, user_id, username, score, last_xp_at, tie_key)
    select board, period, ${userId}, ${userId}, 0, null, 0 from ${periods} where reset_at is null
    order by board, period
    on conflict (board, period, user_id) do nothing
  `.execute(db);
  await sql`rollback to savepoint before_look`.execute(db);
}
