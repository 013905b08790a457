import type { Instant, OutboxEntry } from '@gamekeeper/core';
import type { StoredEvent } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { millis, type Tables } from '../database/sql.ts';
import { placeOf, storedEvent, storedEventColumns, type StoredEventColumns } from './stored-event.ts';

/** Returns the events after an id, in order. Primary key, no locks. */
export async function readEvents(
  db: Sql,
  { outboxEvents }: Tables,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly StoredEvent[]> {
  const { row, position } = placeOf(after);
  const { rows } = await sql<StoredEventColumns>`
    select ${storedEventColumns} from ${outboxEvents} as event
    where event.id >= ${row}::bigint and (event.id > ${row}::bigint or event.position > ${position}::int)
    order by event.id, event.position limit ${limit}
  `.execute(db);
  return rows.map(storedEvent);
}

/** Returns the events before an id, newest first. Primary key backwards, no locks. */
export async function readNewestEvents(
  db: Sql,
  { outboxEvents }: Tables,
  { before, limit }: { readonly before?: string; readonly limit: number },
): Promise<readonly OutboxEntry[]> {
  const { row, position } = placeOf(before ?? '');
  const wanted =
    before === undefined
      ? sql`true`
      : sql`event.id <= ${row}::bigint and (event.id < ${row}::bigint or event.position < ${position}::int)`;
  const { rows } = await sql<StoredEventColumns & { readonly delivered_at: Instant | null }>`
    select ${storedEventColumns}, ${millis('event.delivered_at')} as delivered_at from ${outboxEvents} as event
    where ${wanted} order by event.id desc, event.position desc limit ${limit}
  `.execute(db);
  return rows.map((found) => ({ ...storedEvent(found), deliveredAt: found.delivered_at }));
}
