import type { Migration } from './migration.ts';

/**
 * Final standings are kept in packs of neighbours by rank, and in lists of places by which a player's rank is found: a
 * standing costs a part of an array instead of a row with two index entries. Copies the archive.
 */
export const packedArchive: Migration = {
  name: '0012-packed-archive',
  // Older releases write a row for each standing.
  oldestRelease: '0.2.0',
  statements: [
    `alter table leaderboard_archive rename to archive_before`,
    `create table leaderboard_archive_packs (
      board text collate "C" not null,
      period text collate "C" not null,
      first_rank bigint not null,
      user_ids text[] collate "C" not null,
      usernames text[] not null,
      scores bigint[] not null,
      last_xp_at timestamptz(3)[] not null,
      primary key (board, period, first_rank)
    )`,
    // Ids hardly compress, and an attempt costs more than all the rest.
    `alter table leaderboard_archive_packs
      alter column user_ids set storage external, alter column usernames set storage external`,
    `create table leaderboard_archive_places (
      board text collate "C" not null,
      period text collate "C" not null,
      bucket smallint not null,
      -- The rank to which each offset is added.
      first_rank bigint not null,
      -- Null for a player who was erased.
      hashes int[] not null,
      offsets int[] not null,
      primary key (board, period, bucket, first_rank)
    )`,
    `insert into leaderboard_archive_packs (board, period, first_rank, user_ids, usernames, scores, last_xp_at)
      select board, period, min(rank), array_agg(user_id order by rank), array_agg(username order by rank),
        array_agg(score order by rank), array_agg(last_xp_at order by rank)
      -- A pack has no gaps: somebody may have deleted rows by hand.
      from (
        select *, rank - row_number() over (partition by board, period order by rank) as missing from archive_before
      ) as standing
      group by board, period, missing, (rank - 1) / 100`,
    `insert into leaderboard_archive_places (board, period, bucket, first_rank, hashes, offsets)
      select board, period, hash & 1023, start, array_agg(hash order by rank), array_agg((rank - start)::int order by rank)
      from (
        select board, period, rank, hashtext(user_id) as hash, (rank - 1) / 50000 * 50000 + 1 as start from archive_before
      ) as standing
      group by board, period, start, hash & 1023`,
    `create view leaderboard_archive as
      select pack.board, pack.period, standing.user_id, pack.first_rank + standing.position - 1 as rank, standing.username,
        standing.score, standing.last_xp_at
      from leaderboard_archive_packs as pack
        cross join lateral unnest(pack.user_ids, pack.usernames, pack.scores, pack.last_xp_at)
          with ordinality as standing (user_id, username, score, last_xp_at, position)`,
    // Whoever could read the table can read the view.
    `do $$ declare reader text; begin
      for reader in
        select case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end
        from pg_class, aclexplode(relacl)
        where oid = 'archive_before'::regclass and privilege_type = 'SELECT' and grantee <> relowner
      loop
        execute format('grant select on leaderboard_archive to %s', reader);
      end loop;
    end $$`,
    `drop table archive_before`,
  ],
};
