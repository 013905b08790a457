import { defineEntity, p } from '@mikro-orm/core';

/** A row of `outbox`. */
export const OutboxRow = defineEntity({
  name: 'OutboxRow',
  tableName: 'outbox',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    eventKey: p.text().unique(),
    type: p.text(),
    payload: p.json(),
    occurredAt: p.datetime(3),
    publishedAt: p.datetime(3).nullable(),
  },
});
