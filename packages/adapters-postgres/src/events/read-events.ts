import type { Instant, OutboxEntry } from '@gamekeeper/core';
import type { StoredEvent } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { millis, type Tables } from '../database/sql.ts';
import { storedEvent, storedEventColumns, type StoredEventColumns } from './stored-event.ts';

/** Returns the events after an id, in order. Primary key, no locks. */
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

/** Returns the events before an id, newest first. Primary key backwards, no locks. */
export async function readNewestEvents(
  db: Sql,
  { outbox }: Tables,
  { before, limit }: { readonly before?: string; readonly limit: number },
): Promise<readonly OutboxEntry[]> {
  const { rows } = await sql<StoredEventColumns & { readonly published_at: Instant | null }>`
    select ${storedEventColumns}, ${millis('published_at')} as published_at from ${outbox} as event
    where ${before === undefined ? sql`true` : sql`event.id < ${before}::bigint`} order by event.id desc limit ${limit}
  `.execute(db);
  return rows.map((row) => ({ ...storedEvent(row), deliveredAt: row.published_at }));
}
