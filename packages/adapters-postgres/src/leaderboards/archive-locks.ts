import { sql, type RawBuilder } from 'kysely';
import { LONG_LOCK_TIMEOUT_MS, lockTimeout, withRowLockedError } from '../database/lock-timeouts.ts';
import type { Sql } from '../database/postgres-transaction.ts';

/**
 * Makes a batch that archives standings exclude erasures until the transaction ends: neither sees the rows that the other is
 * about to commit, so without the lock the name of an erased player would stay.
 *
 * @throws {RowLockedError} if an erasure does not end
 */
export async function lockForArchive(db: Sql, schema: string): Promise<void> {
  await withRowLockedError('An erasure', () =>
    sql`
      select ${lockTimeout(LONG_LOCK_TIMEOUT_MS)}, pg_catalog.pg_advisory_xact_lock(${archiveKey(schema)}, 0)
    `.execute(db),
  );
}

/** The lock of an erasure, shared among them. Waits for a batch of {@link lockForArchive}. */
export async function holdArchives(db: Sql, schema: string): Promise<void> {
  await sql`select pg_catalog.pg_advisory_xact_lock_shared(${archiveKey(schema)}, 0)`.execute(db);
}

function archiveKey(schema: string): RawBuilder<unknown> {
  return sql`pg_catalog.hashtext(${schema}::text || ' archives')`;
}
