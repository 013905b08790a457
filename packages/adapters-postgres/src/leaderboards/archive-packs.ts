import type { UserId } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import { bucketOf, hashOf } from '../database/player-hash.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import type { Tables } from '../database/sql.ts';

/** The most standings of a pack: a read unpacks one or a few of them. */
export const PACK_SIZE = 100;

/** Into so many buckets players are divided by the hash of their id. */
const BUCKETS = 1024;

/** A period of a board, as text or as columns. */
interface ArchiveKey {
  readonly board: RawBuilder<unknown>;
  readonly period: RawBuilder<unknown>;
}

/**
 * Returns the CTEs that write standings from a CTE `page` into an archive, in packs and in lists of places. `page` has
 * `rank`, `user_id`, `username`, `score` and `last_xp_at`, and its lowest rank is `firstRank`.
 */
export function archiveCtes(
  { archivePacks, archivePlaces }: Tables,
  { board, period }: { readonly board: string; readonly period: string },
  firstRank: number,
): RawBuilder<unknown> {
  const start = sql`${firstRank}::bigint`;
  return sql`
    packed as (
      insert into ${archivePacks} (board, period, first_rank, user_ids, usernames, scores, last_xp_at)
      select ${board}, ${period}, pg_catalog.min(rank), pg_catalog.array_agg(user_id), pg_catalog.array_agg(username),
        pg_catalog.array_agg(score), pg_catalog.array_agg(last_xp_at)
      -- Sorted once: PostgreSQL sorts for each array that asks for an order of its own.
      from (select *, (rank - ${start}) / ${sql.lit(PACK_SIZE)} as pack from page order by pack, rank) as standing
      group by pack order by pack
    ),
    placed as (
      insert into ${archivePlaces} (board, period, bucket, first_rank, hashes, offsets)
      select ${board}, ${period}, ${bucketOf(sql`hash`, BUCKETS)} as bucket, ${start}, pg_catalog.array_agg(hash),
        pg_catalog.array_agg((rank - ${start})::int)
      from (select rank, ${hashOf(sql`user_id`)} as hash from page) as place group by bucket order by bucket
    )
  `;
}

/**
 * Returns a query for a player's standing in an archive, with where it is: `first_rank` and `position` of its pack, and
 * `bucket`, `start` and `slot` of its place. By the primary keys: the places of the player's bucket, and one pack.
 */
export function standingOf(
  { archivePacks, archivePlaces }: Tables,
  { board, period }: ArchiveKey,
  userId: UserId,
): RawBuilder<unknown> {
  return sql`
    select found.rank, username, score, last_xp_at, first_rank, position, bucket, start, slot
    from (
      select place.first_rank + place.offsets[at.slot] as rank, place.bucket, place.first_rank as start, at.slot
      from (select ${hashOf(sql`${userId}::text`)} as hash) as wanted
        join ${archivePlaces} as place
          on place.board = ${board} and place.period = ${period} and place.bucket = ${bucketOf(sql`wanted.hash`, BUCKETS)}
        cross join lateral pg_catalog.unnest(pg_catalog.array_positions(place.hashes, wanted.hash)) as at (slot)
    ) as found
    cross join lateral (
      select pack.first_rank, at.position, pack.user_ids[at.position] as user_id, pack.usernames[at.position] as username,
        pack.scores[at.position] as score, pack.last_xp_at[at.position] as last_xp_at
      from (
        select * from ${archivePacks} as known
        where known.board = ${board} and known.period = ${period} and known.first_rank <= found.rank
        order by known.first_rank desc limit 1
      ) as pack
      cross join lateral (select (found.rank - pack.first_rank + 1)::int as position) as at
    ) as standing
    where user_id = ${userId}
  `;
}

/** Where a standing is, and whose name it is to have. */
interface Standing {
  readonly board: string;
  readonly period: string;
  /** Text: it may be a bigint. */
  readonly rank: string;
}

/**
 * Replaces a player in all archives; ranks and scores stay. By the primary keys; locks what it changes. Returns whether there
 * was anything.
 */
export async function replaceInArchives(
  db: Sql,
  tables: Tables,
  userId: UserId,
  replacement: { readonly userId: UserId; readonly username: string },
): Promise<boolean> {
  const { archivePacks, archivePlaces, periods } = tables;
  const key = { board: sql`closed.board`, period: sql`closed.period` };
  const { rows } = await sql<Standing>`
    with theirs as materialized (
      select closed.board, closed.period, standing.*
      from ${periods} as closed cross join lateral (${standingOf(tables, key, userId)} offset 0) as standing
    ),
    renamed as (
      update ${archivePacks} as pack
      set user_ids[theirs.position] = ${replacement.userId}, usernames[theirs.position] = ${replacement.username}
      from theirs
      where pack.board = theirs.board and pack.period = theirs.period and pack.first_rank = theirs.first_rank
    ),
    forgotten as (
      update ${archivePlaces} as place set hashes[theirs.slot] = null from theirs
      where place.board = theirs.board and place.period = theirs.period and place.bucket = theirs.bucket
        and place.first_rank = theirs.start
    )
    select board, period, rank::text as rank from theirs
  `.execute(db);
  if (rows.length === 0) return false;
  const column = (name: keyof Standing): readonly string[] => rows.map((row) => row[name]);
  const hash = hashOf(sql`${replacement.userId}::text`);
  await sql`
    insert into ${archivePlaces} as place (board, period, bucket, first_rank, hashes, offsets)
    select board, period, ${bucketOf(hash, BUCKETS)}, rank, array[${hash}], array[0] from unnest(
      ${column('board')}::text[], ${column('period')}::text[], ${column('rank')}::bigint[]
    ) as standing (board, period, rank)
    on conflict (board, period, bucket, first_rank)
      do update set hashes = pg_catalog.array_cat(place.hashes, excluded.hashes),
        offsets = pg_catalog.array_cat(place.offsets, excluded.offsets)
  `.execute(db);
  return true;
}
