import { defineEntity, p } from '@mikro-orm/core';

/**
 * A row of `outbox`: an event, or a pack of events that a run wrote. The view `outbox_events` has a row for each event.
 * `lane` (the partition) is computed by the database.
 */
export const OutboxRow = defineEntity({
  name: 'OutboxRow',
  tableName: 'outbox',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    /** `null` for a pack. */
    eventKey: p.text().unique().nullable(),
    type: p.text(),
    payload: p.json(),
    occurredAt: p.datetime(3),
    /** Set by the database if it is left out. */
    writtenAt: p.datetime(3).defaultRaw('clock()'),
    publishedAt: p.datetime(3).nullable(),
    keyPrefix: p.text().nullable(),
    items: p.array().nullable(),
    itemField: p.text().nullable(),
    details: p.array().nullable(),
    detailField: p.text().nullable(),
    /** The number of events, delivered ones and erased ones included. */
    size: p.integer().default(1),
    erased: p.integer().default(0),
    delivered: p.integer().default(0),
    progressAt: p.datetime(3).nullable(),
    packLane: p.smallint().nullable(),
    lane: p.smallint().persist(false),
  },
});

/** A row of `outbox_lanes`: which instance delivers the events of a partition. */
export const OutboxLaneRow = defineEntity({
  name: 'OutboxLaneRow',
  tableName: 'outbox_lanes',
  properties: {
    lane: p.smallint().primary(),
    fence: p.bigint('string'),
    owner: p.text().nullable(),
    attempts: p.integer(),
    claimedAt: p.datetime(3),
    leaseUntil: p.datetime(3).nullable(),
  },
});
