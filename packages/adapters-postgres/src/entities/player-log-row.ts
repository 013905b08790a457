import { defineEntity, p } from '@mikro-orm/core';

/** A row of `player_log`: what a job or a call did to a player, if no other table keeps it. */
export const PlayerLogRow = defineEntity({
  name: 'PlayerLogRow',
  tableName: 'player_log',
  properties: {
    userId: p.text().primary(),
    at: p.datetime(3).primary(),
    entry: p.text().primary(),
    kind: p.text(),
    details: p.json().nullable(),
    streak: p.integer().nullable(),
    protectionsLeft: p.integer().nullable(),
    lastQuizAt: p.datetime(3).nullable(),
    appliedBy: p.text().nullable(),
    recordedAt: p.datetime(3),
  },
});
