import { SchemaOutdatedError } from '@gamekeeper/core';
import { pendingMigrations } from './apply-pending.ts';
import type { Sql } from './postgres-transaction.ts';

/**
 * Looks, without a lock and without a change, whether every migration of this version has run.
 *
 * @throws {SchemaOutdatedError}
 */
export async function assertMigrated(db: Sql, schema: string): Promise<void> {
  const pending = await pendingMigrations(db, schema);
  if (pending.length > 0) throw new SchemaOutdatedError(`schema "${schema}"`, pending);
}
