import { defineEntity, p } from '@mikro-orm/core';

/** A row of `lives`. */
export const LivesRow = defineEntity({
  name: 'LivesRow',
  tableName: 'lives',
  properties: {
    userId: p.text().primary(),
    currentLives: p.integer(),
    lastRegenAt: p.datetime(3).nullable(),
    nextRegenAt: p.datetime(3).nullable(),
  },
  indexes: [{ name: 'lives_due', properties: ['currentLives', 'nextRegenAt'] }],
});
