import { sql } from 'kysely';
import type { Sql } from './postgres-transaction.ts';

/** Whether a transaction of this isolation level keeps the snapshot of its first statement until it ends. */
export function keepsSnapshot(isolation: string): boolean {
  return isolation === 'repeatable read' || isolation === 'serializable';
}

/** {@link keepsSnapshot} for the current transaction. */
export async function hasSnapshot(db: Sql): Promise<boolean> {
  const { rows } = await sql<{ isolation: string }>`
    select pg_catalog.current_setting('transaction_isolation') as isolation
  `.execute(db);
  return keepsSnapshot(rows[0]!.isolation);
}
