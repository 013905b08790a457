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
    details: p.json(),
    recordedAt: p.datetime(3),
  },
});

/** A row of `streak_log`: what a batch of a tick did to the streaks of some players, an element of each array for each. */
export const StreakLogRow = defineEntity({
  name: 'StreakLogRow',
  tableName: 'streak_log',
  properties: {
    /** Of the hash of a player's id. */
    bucket: p.smallint().primary(),
    at: p.datetime(3).primary(),
    id: p.bigint('string').primary().autoincrement(),
    recordedAt: p.datetime(3),
    hashes: p.array<number | null>().columnType('int[]'),
    /** `null` for a player who was erased. */
    userIds: p.array<string | null>(),
    streaks: p.array<number>().columnType('int[]'),
    /** `null` for a streak that broke. */
    protectionsLeft: p.array<number | null>().columnType('int[]'),
    lastQuizAt: p.array<string | null>().columnType('timestamptz(3)[]'),
  },
});
