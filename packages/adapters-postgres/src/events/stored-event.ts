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

/** The place of an event: its row, and its position in a pack. */
export interface EventPlace {
  readonly row: string;
  readonly position: number;
}

/**
 * The columns of `event`, a row of the view, for a stored event. The id of an event in a pack has its position, in
 * digits enough for the largest batch, so that ids grow as numbers too.
 */
export const storedEventColumns = sql`
  case when event.is_packed then event.id || '.' || pg_catalog.lpad(event.position::text, 7, '0') else event.id::text end
    as id,
  event.event_key, event.type, event.payload, ${millis('event.occurred_at')} as occurred_at
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

/** Returns the place that an id names. */
export function placeOf(id: string): EventPlace {
  const [row = '', position = '1'] = id.split('.');
  return { row, position: Number(position) };
}
