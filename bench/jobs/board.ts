import { iso, addMs, type Instant } from '@gamekeeper/core';
import { type BoundedPeriod } from '@gamekeeper/core/ports';
import type { BenchOptions } from '../lib/arguments.ts';
import type { BenchStore } from '../lib/bench-store.ts';
import { createNatural } from '../lib/natural-schema.ts';
import { idOf } from '../lib/with-store.ts';

/** A board's closed period with everybody in it. */
export interface FullBoard {
  readonly board: string;
  readonly period: BoundedPeriod;
  readonly rows: number;
}

/**
 * Makes a master copy of a board: distinct names, scores up to 50,000 so that ties are common, and where each player
 * belongs (`rank`).
 */
export async function createBoard(
  store: BenchStore,
  { period, rows }: FullBoard,
  ids: BenchOptions['ids'],
): Promise<void> {
  await createNatural(store, 'natural_rankings', 'natural_archive', 'natural_outbox');
  await store.query(`
    create table {crowd} as
    select *, row_number() over (order by -score, -floor(extract(epoch from last_xp_at) * 1000), user_id) as rank
    from (
      select n as position, ${idOf('n', ids)} collate "C" as user_id, 1 + abs(hashint4(n)::bigint) % 50000 as score,
        ${at(addMs(period.endsAt, -1))} - abs(hashint4(-n)::bigint) % 86400000 * interval '1 millisecond' as last_xp_at
      from generate_series(1, ${rows}) as n
    ) as player
  `);
  await store.query(`
    insert into {player_progress} (user_id, username, xp) select user_id, 'Player ' || position, score from {crowd}
  `);
  await store.query('vacuum analyze {crowd}, {player_progress}');
}

/** Where boards are. */
export interface BoardTables {
  readonly rankings: string;
  readonly archive: string;
}

/** The tables of the library. */
export const ours: BoardTables = { rankings: 'rankings', archive: 'leaderboard_archive' };

/** The tables of the statements written by hand. */
export const natural: BoardTables = { rankings: 'natural_rankings', archive: 'natural_archive' };

/** Puts the period back as it was before it was closed. */
export async function restoreBoard(
  store: BenchStore,
  { board, period }: FullBoard,
  { rankings }: BoardTables = ours,
): Promise<void> {
  await store.query(`
    truncate {rankings}, {leaderboard_archive_packs}, {leaderboard_archive_places}, {natural_rankings}, {natural_archive}, {leaderboard_periods}, {outbox},
      {natural_outbox}, {job_runs} restart identity
  `);
  await store.query(`
    insert into {leaderboard_periods} (board, period, starts_at, ends_at)
    values ('${board}', '${period.key}', ${at(period.startsAt)}, ${at(period.endsAt)})
  `);
  await store.query(`
    insert into {${rankings}} (board, period, user_id, username, score, last_xp_at, tie_key)
    select '${board}', '${period.key}', user_id, 'Player ' || position, score, last_xp_at, -floor(extract(epoch from last_xp_at) * 1000)
    from {crowd} order by position
  `);
  await store.query(`vacuum analyze {${rankings}}`);
  await store.query('checkpoint');
}

/** An instant in SQL. */
export function at(instant: Instant): string {
  return `timestamptz '${iso(instant)}'`;
}
