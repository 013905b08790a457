import { sql } from 'kysely';
import { HOLDING_MS, lockTimeout, orRowLocked } from '../database/lock-waits.ts';
import type { Sql } from '../database/postgres-transaction.ts';

/**
 * Renames and batches that carry names over to the next period keep clear of each other by an advisory lock, shared
 * among renames: neither sees the row that the other is about to commit, and an old name would stay.
 */
export async function renaming(db: Sql, schema: string): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(hashtext(${schema} || ' renames'), 0)`.execute(db);
}

/** @throws {RowLockedError} when a rename is under way that does not end */
export async function carryingNames(db: Sql, schema: string): Promise<void> {
  await orRowLocked('A name', () =>
    sql`
      select ${lockTimeout(HOLDING_MS)}, pg_advisory_xact_lock(hashtext(${schema} || ' renames'), 0)
    `.execute(db),
  );
}
