import type { DomainEvent } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import type { Tables } from '../database/sql.ts';
import type { Placeholders } from '../database/statement.ts';

/** The parameters of events: arrays with an element for each of them. */
export interface EventParameters {
  readonly eventKeys: readonly string[];
  readonly eventTypes: readonly string[];
  readonly payloads: readonly string[];
  readonly occurredAt: readonly string[];
  readonly eventCount: number;
}

export function eventParameters(events: readonly DomainEvent[]): EventParameters {
  return {
    eventKeys: events.map(({ key }) => key),
    eventTypes: events.map(({ type }) => type),
    payloads: events.map(({ payload }) => JSON.stringify(payload)),
    occurredAt: events.map(({ occurredAt }) => new Date(occurredAt).toISOString()),
    eventCount: events.length,
  };
}

/**
 * Writes events in their order if a condition holds. Unique index on event_key: waits for a concurrent transaction with
 * the same key, then ignores the event.
 */
export function insertedEvents(
  { outbox, now }: Tables,
  p: Placeholders<EventParameters>,
  condition: RawBuilder<unknown> = sql`true`,
): RawBuilder<unknown> {
  // The limit is for the planner, which does not know how long an array is.
  return sql`
    insert into ${outbox} (event_key, type, payload, occurred_at, written_at)
    select event_key, type, payload::jsonb, occurred_at::timestamptz(3), (select ${now})
    from (
      select * from unnest(${p.eventKeys}::text[], ${p.eventTypes}::text[], ${p.payloads}::text[], ${p.occurredAt}::text[])
        with ordinality as event (event_key, type, payload, occurred_at, position)
      where ${condition} order by position limit ${p.eventCount}::bigint
    ) as event
    on conflict (event_key) do nothing
  `;
}
