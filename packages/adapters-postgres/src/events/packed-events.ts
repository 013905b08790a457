import { sql, type RawBuilder } from 'kysely';
import type { Instant } from '@gamekeeper/core';
import { timestamp, type Tables } from '../database/sql.ts';
import { partitionOfPlayer } from './partitions.ts';

/** Events of one type that a statement writes, one for each row of a query. */
export interface PackedEvents {
  readonly type: string;
  readonly occurredAt: Instant;
  /** The key of each event up to its item. */
  readonly keyPrefix: string;
  /** What comes after "from": a relation with a row for each event, and conditions. */
  readonly rows: RawBuilder<unknown>;
  /** The column with the id of the event's player. */
  readonly user: string;
  /** What is different in each event: the end of its key, and a field of its payload. */
  readonly item: PackedField;
  /** A further field of the payload that is different in each event. */
  readonly detail?: PackedField;
  /** The fields that are equal in all events. */
  readonly common?: Readonly<Record<string, string>>;
}

/**
 * Returns a column `events`: how many events of each type expressions of {@link packedEvents} have written, as JSON.
 *
 * @param names the names of the expressions
 */
export function countsOf(names: readonly string[]): RawBuilder<unknown> {
  const packs = names.map((name) => sql`select type, size from ${sql.id(name)}`);
  return sql`(
    select pg_catalog.jsonb_object_agg(type, size)
    from (
      select type, pg_catalog.sum(size)::int as size from (${sql.join(packs, sql` union all `)}) as pack group by type
    ) as written
  ) as events`;
}

/** A field of a payload, and the column that has its value. */
interface PackedField {
  readonly field: string;
  readonly column: string;
}

/**
 * Returns an insert that writes a pack for each partition, and returns the type and size of each. Ids of packs are drawn after all rows were read, so after
 * the rows of `rows` are locked if it is a change.
 *
 * Does not look for events with the same keys: the rule that changed the rows must not tell the same fact twice.
 */
export function packedEvents(
  { outbox, now }: Tables,
  { type, occurredAt, keyPrefix, rows, user, item, detail, common = {} }: PackedEvents,
): RawBuilder<unknown> {
  const details = detail
    ? sql`pg_catalog.array_agg(pg_catalog.to_json(${sql.ref(detail.column)})::text)`
    : sql`null::text[]`;
  return sql`
    insert into ${outbox}
      (pack_lane, type, key_prefix, payload, items, item_field, details, detail_field, size, occurred_at, written_at)
    select lane, ${type}, ${keyPrefix}, ${JSON.stringify(common)}::jsonb, pg_catalog.array_agg(${sql.ref(item.column)}),
      ${item.field}, ${details}, ${detail?.field ?? null}::text, pg_catalog.count(*)::int, ${timestamp(occurredAt)},
      (select ${now})
    from (
      select *, ${partitionOfPlayer(sql.ref(user))} as lane from ${rows}
    ) as event
    group by lane
    returning type, size
  `;
}
