import type { Instant, JsonObject, StoredEvent } from '@gamekeeper/core';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { millis, type Tables } from '../database/sql.ts';

interface Row {
  readonly id: string;
  readonly event_key: string;
  readonly type: string;
  readonly payload: JsonObject;
  readonly occurred_at: Instant;
}

/** Events after the one with a certain id, in their order. Primary key, no locks. */
export async function readEvents(
  db: Sql,
  { outbox }: Tables,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly StoredEvent[]> {
  const { rows } = await sql<Row>`
    select event.id::text, event_key, type, payload, ${millis('occurred_at')} as occurred_at
    from ${outbox} as event where event.id > ${after}::bigint order by event.id limit ${limit}
  `.execute(db);
  return rows.map((row) => ({
    id: row.id,
    key: row.event_key,
    type: row.type,
    payload: row.payload,
    occurredAt: row.occurred_at,
  }));
}
