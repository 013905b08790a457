import { defineEntity, p } from '@mikro-orm/core';

/** A row of `alerts`: an alert and the state of its delivery to one channel. */
export const AlertRow = defineEntity({
  name: 'AlertRow',
  tableName: 'alerts',
  properties: {
    alertKey: p.text().primary(),
    channel: p.text().primary(),
    position: p.bigint('string').unique(),
    subject: p.text(),
    alert: p.json(),
    raisedAt: p.datetime(3),
    status: p.text().$type<'owed' | 'delivered' | 'given-up'>().default('owed'),
    attempts: p.integer().default(0),
    dueAt: p.datetime(3),
    error: p.text().nullable(),
  },
});
