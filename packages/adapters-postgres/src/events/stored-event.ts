import type { Instant, JsonObject } from '@gamekeeper/core';
import type { StoredEvent } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import { millis } from '../database/sql.ts';

/** An event as returned by a query of {@link storedEventColumns}. */
export interface StoredEventColumns {
  readonly id: string;
  readonly event_key: string;
  readonly type: string;
  readonly payload: JsonObject;
  readonly occurred_at: Instant;
}

/** The columns of `event` for a stored event. */
export const storedEventColumns = sql`
  event.id::text, event_key, type, payload, ${millis('occurred_at')} as occurred_at
`;

export function storedEvent(row: StoredEventColumns): StoredEvent {
  return {
    id: row.id,
    key: row.event_key,
    type: row.type,
    payload: row.payload,
    occurredAt: row.occurred_at,
  };
}
