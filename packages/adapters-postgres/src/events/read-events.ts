import type { StoredEvent } from '@gamekeeper/core';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import type { Tables } from '../database/sql.ts';
import { storedEvent, storedEventColumns, type StoredEventColumns } from './stored-event.ts';

/** Events after the one with a certain id, in their order. Primary key, no locks. */
export async function readEvents(
  db: Sql,
  { outbox }: Tables,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly StoredEvent[]> {
  const { rows } = await sql<StoredEventColumns>`
    select ${storedEventColumns} from ${outbox} as event where event.id > ${after}::bigint order by event.id limit ${limit}
  `.execute(db);
  return rows.map(storedEvent);
}
