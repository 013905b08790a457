import { defineEntity, p } from '@mikro-orm/core';

/** A row of `xp_awards`. */
export const XpAwardRow = defineEntity({
  name: 'XpAwardRow',
  tableName: 'xp_awards',
  properties: {
    awardId: p.text().primary(),
    userId: p.text(),
    amount: p.bigint('string'),
    earnedAt: p.datetime(3),
  },
});

/** A row of `rankings`. */
export const RankingRow = defineEntity({
  name: 'RankingRow',
  tableName: 'rankings',
  properties: {
    board: p.text().primary(),
    period: p.text().primary(),
    userId: p.text().primary(),
    username: p.text(),
    score: p.bigint('string'),
    lastXpAt: p.datetime(3).nullable(),
    /** Orders players with equal scores: ascending, for either tie-break of the board. */
    tieKey: p.bigint('string'),
  },
});

/** A row of `leaderboard_periods`. */
export const LeaderboardPeriodRow = defineEntity({
  name: 'LeaderboardPeriodRow',
  tableName: 'leaderboard_periods',
  properties: {
    board: p.text().primary(),
    period: p.text().primary(),
    startsAt: p.datetime(3).nullable(),
    endsAt: p.datetime(3).nullable(),
    sealedAt: p.datetime(3).nullable(),
    players: p.bigint('string').nullable(),
    resetAt: p.datetime(3).nullable(),
  },
});

/** A row of `leaderboard_openings`. */
export const LeaderboardOpeningsRow = defineEntity({
  name: 'LeaderboardOpeningsRow',
  tableName: 'leaderboard_openings',
  properties: {
    board: p.text().primary(),
    /** How many periods of the board were opened, including failed attempts. */
    opened: p.bigint('string'),
  },
});

/**
 * A row of `leaderboard_archive_packs`: neighbouring final standings of a period. The view `leaderboard_archive` has a row
 * for each standing.
 */
export const LeaderboardArchivePackRow = defineEntity({
  name: 'LeaderboardArchivePackRow',
  tableName: 'leaderboard_archive_packs',
  properties: {
    board: p.text().primary(),
    period: p.text().primary(),
    firstRank: p.bigint('string').primary(),
    userIds: p.array(),
    usernames: p.array(),
    scores: p.array().columnType('bigint[]'),
    lastXpAt: p.array<string | null>().columnType('timestamptz(3)[]'),
  },
});

/** A row of `leaderboard_archive_places`: the ranks of players, by which their standings are found in the packs. */
export const LeaderboardArchivePlacesRow = defineEntity({
  name: 'LeaderboardArchivePlacesRow',
  tableName: 'leaderboard_archive_places',
  properties: {
    board: p.text().primary(),
    period: p.text().primary(),
    /** Of the hash of a player's id. */
    bucket: p.smallint().primary(),
    firstRank: p.bigint('string').primary(),
    hashes: p.array<number | null>().columnType('int[]'),
    /** A player's rank is `firstRank` and this. */
    offsets: p.array<number>().columnType('int[]'),
  },
});

/** A row of `pending_cache_updates`. */
export const PendingCacheUpdateRow = defineEntity({
  name: 'PendingCacheUpdateRow',
  tableName: 'pending_cache_updates',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    userId: p.text(),
    /** The new scores, or that the name changed. */
    change: p.json(),
  },
});
