import type { UserId } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import type { Tables } from '../database/sql.ts';
import { partitionOfPlayer } from './partitions.ts';

/**
 * Returns an update that takes a player's events out of all packs. The others keep their positions, and so their ids; a
 * pack ends with its last event. Reads every pack of the player's partition; locks the packs that it changes.
 */
export function eraseFromPacks({ outbox, now }: Tables, userId: UserId): RawBuilder<unknown> {
  const asItem = sql`pack.item_field = 'userId' and slot.item = ${userId}`;
  const asDetail = sql`pack.detail_field = 'userId' and slot.detail = pg_catalog.to_json(${userId}::text)::text`;
  return sql`
    update ${outbox} as pack
    set items = rest.items, details = case when pack.details is not null then rest.details end, size = rest.size,
      erased = rest.size - rest.events,
      published_at = case when rest.size <= pack.delivered then coalesce(pack.published_at, (select ${now}))
        else pack.published_at end
    from (
      select id, ends.size, ends.events, (left_over.items)[:ends.size] as items, (left_over.details)[:ends.size] as details
      from (
        select pack.id, pg_catalog.array_agg(case when not slot.is_hers then slot.item end order by slot.position) as items,
          pg_catalog.array_agg(case when not slot.is_hers then slot.detail end order by slot.position) as details
        from ${outbox} as pack cross join lateral (
          select slot.item, slot.detail, slot.position, coalesce(${asItem} or ${asDetail}, false) as is_hers
          from unnest(pack.items, pack.details) with ordinality as slot (item, detail, position)
        ) as slot
        where pack.items is not null and pack.lane = ${partitionOfPlayer(sql`${userId}::text`)}
        group by pack.id having pg_catalog.bool_or(slot.is_hers)
      ) as left_over
      cross join lateral (
        select coalesce(pg_catalog.max(position), 0)::int as size, pg_catalog.count(*)::int as events
        from pg_catalog.unnest(left_over.items) with ordinality as slot (item, position) where item is not null
      ) as ends
    ) as rest
    where pack.id = rest.id
  `;
}

/** Returns a delete of the packs without any event left. */
export function deleteErasedPacks({ outbox }: Tables): RawBuilder<unknown> {
  return sql`delete from ${outbox} where items is not null and size = 0`;
}
