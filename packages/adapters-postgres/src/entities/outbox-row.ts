import { defineEntity, p } from '@mikro-orm/core';

/** A row of `outbox`. `lane` (the partition) is computed by the database. */
export const OutboxRow = defineEntity({
  name: 'OutboxRow',
  tableName: 'outbox',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    eventKey: p.text().unique(),
    type: p.text(),
    payload: p.json(),
    occurredAt: p.datetime(3),
    /** Set by the database if it is left out. */
    writtenAt: p.datetime(3).defaultRaw('clock()'),
    publishedAt: p.datetime(3).nullable(),
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
