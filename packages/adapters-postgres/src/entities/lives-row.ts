import { defineEntity, p } from '@mikro-orm/core';

/** A row of `lives`. `fullLives` is computed by the database. */
export const LivesRow = defineEntity({
  name: 'LivesRow',
  tableName: 'lives',
  properties: {
    userId: p.text().primary(),
    currentLives: p.integer(),
    lastRegenAt: p.datetime(3).nullable(),
    nextRegenAt: p.datetime(3).nullable(),
    /** The maximum at the player's last tick. */
    maxLives: p.integer().default(5),
    /** The maximum, if the player has reached it. */
    fullLives: p.integer().nullable().persist(false),
  },
});

/** A row of `life_spends`. */
export const LifeSpendRow = defineEntity({
  name: 'LifeSpendRow',
  tableName: 'life_spends',
  properties: {
    userId: p.text().primary(),
    idempotencyKey: p.text().primary(),
    recordedAt: p.datetime(3),
    currentLives: p.integer().nullable(),
    lastRegenAt: p.datetime(3).nullable(),
    nextRegenAt: p.datetime(3).nullable(),
  },
  indexes: [{ name: 'life_spends_by_age', properties: ['recordedAt'] }],
});
