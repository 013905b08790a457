import type { Migration } from './migration.ts';

/**
 * The events of a run are written in packs: one row for many events of one type and partition, so that an event costs
 * a few bytes of an array instead of a row with three index entries. Writes the outbox anew, in the time of a full copy.
 */
export const packedEvents: Migration = {
  name: '0005-packed-events',
  // Older releases would deliver a pack as one event.
  oldestRelease: '0.2.0',
  statements: [
    `alter table outbox
      alter column event_key drop not null,
      drop column lane,
      -- A pack has no key of its own: that of each event is the prefix and the event's item.
      add column key_prefix text collate "C",
      -- One for each event, in the order of delivery; null for an event that was erased.
      add column items text[],
      -- The field of the payload that has the item, and the field that has the detail, which is JSON as text.
      add column item_field text,
      add column details text[],
      add column detail_field text,
      add column size int not null default 1,
      add column erased int not null default 0,
      -- The number of items, from the first, that were delivered, and when the last of them was.
      add column delivered int not null default 0,
      add column progress_at timestamptz(3),
      add column pack_lane smallint,
      add column lane smallint not null generated always as (coalesce(pack_lane,
        (hashtext(coalesce(payload ->> 'userId', payload ->> 'board', event_key)) & 15)::smallint)) stored,
      add constraint outbox_single_or_pack check (
        case when items is null then event_key is not null
          else event_key is null and key_prefix is not null and item_field is not null and pack_lane is not null end)`,
    `create index outbox_waiting on outbox (lane, id) where published_at is null`,
    // Ids hardly compress, and an attempt costs more than all the rest.
    `alter table outbox alter column items set storage external, alter column details set storage external`,
    `create view outbox_events as
      select event.id, slot.position::int as position, event.items is not null as is_packed, event.lane, event.type,
        coalesce(event.event_key, event.key_prefix || slot.item) as event_key,
        case when event.items is null then event.payload
          else event.payload || jsonb_build_object(event.item_field, slot.item) || case
            when event.detail_field is null then '{}' else jsonb_build_object(event.detail_field, slot.detail::jsonb) end
        end as payload,
        event.occurred_at, event.written_at, event.published_at,
        case when event.items is null or slot.position <= event.delivered
          then coalesce(event.published_at, event.progress_at) end as delivered_at
      from outbox as event cross join lateral unnest(coalesce(event.items, '{""}'), event.details)
        with ordinality as slot (item, detail, position)
      where slot.item is not null`,
  ],
};
