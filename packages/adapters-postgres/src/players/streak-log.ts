import type { UserId } from '@gamekeeper/core';
import { STREAK_ENTRY, type StreakTick } from '@gamekeeper/core/game';
import { sql, type RawBuilder } from 'kysely';
import { bucketOf, hashOf } from '../database/player-hash.ts';
import { epochMs, timestamp, type Tables } from '../database/sql.ts';
import { object, type LogSource } from './log-source.ts';

/** Into so many buckets players are divided by the hash of their id. */
const BUCKETS = 256;

/**
 * Returns the expression `logged`, after a comma, which writes the entries of a streak sweep from the rows of its
 * `changed`; nothing if the log is switched off. A bucket's players are in arrays of one row: an entry costs a part of an
 * array instead of a row with an index entry. A tick judges a streak once, so no entry comes twice.
 */
export function judgedLog({ streakLog, keepsPlayerLog, now }: Tables, tick: StreakTick): RawBuilder<unknown> {
  if (!keepsPlayerLog) return sql``;
  return sql`,
    logged as (
      insert into ${streakLog} (bucket, at, recorded_at, hashes, user_ids, streaks, protections_left, last_quiz_at)
      select ${bucketOf(sql`hash`, BUCKETS)} as bucket, ${timestamp(tick.asOf)}, (select ${now}), pg_catalog.array_agg(hash),
        pg_catalog.array_agg(user_id), pg_catalog.array_agg(case when kept then streak else lost_streak end),
        pg_catalog.array_agg(case when kept then protections_left end), pg_catalog.array_agg(last_quiz_at)
      from (select *, ${hashOf(sql`user_id`)} as hash from changed) as judged group by bucket
    )
  `;
}

/** The columns of a player's entries, and their relation with conditions. By the index on buckets and instants. */
export function judgedEntries({ streakLog }: Tables, userId: UserId): LogSource {
  const played = sql`'lastQuizAt', ${epochMs(sql`last_quiz_at[slot]`)}, 'appliedBy', 'job'`;
  const hash = hashOf(sql`${userId}::text`);
  return {
    at: sql`at`,
    entry: sql`${STREAK_ENTRY}::text`,
    kind: sql`case when protections_left[slot] is null then 'streak-broken' else 'streak-protected' end`,
    details: sql`
      case when protections_left[slot] is null
        then ${object(sql`'lostStreak', streaks[slot], ${played}`)}
        else ${object(sql`'currentStreak', streaks[slot], 'protectionsLeft', protections_left[slot], ${played}`)} end
    `,
    recordedAt: sql`recorded_at`,
    from: sql`
      ${streakLog} as judged cross join lateral pg_catalog.unnest(pg_catalog.array_positions(hashes, ${hash})) as found (slot)
      where bucket = ${bucketOf(hash, BUCKETS)} and user_ids[slot] = ${userId}
    `,
  };
}

/** Returns an update that takes a player out of the log. Reads the player's bucket; locks the rows that it changes. */
export function erasedEntries({ streakLog }: Tables, userId: UserId): RawBuilder<unknown> {
  const hash = hashOf(sql`${userId}::text`);
  return sql`
    update ${streakLog} as judged
    set user_ids = pg_catalog.array_replace(user_ids, ${userId}::text, null), hashes = (
      select pg_catalog.array_agg(case when slot.user_id is distinct from ${userId} then slot.hash end order by slot.position)
      from unnest(judged.hashes, judged.user_ids) with ordinality as slot (hash, user_id, position)
    )
    where bucket = ${bucketOf(hash, BUCKETS)} and ${hash} = any (hashes) and ${userId} = any (user_ids)
  `;
}
