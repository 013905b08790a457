import { instant, iso } from '@gamekeeper/core';
import type { BenchOptions } from '../lib/arguments.ts';
import type { BenchStore } from '../lib/bench-store.ts';

/** The tick whose run is measured. */
export const tick = instant('2026-11-24T12:00:00Z');

/** The table's content that every measurement starts from. */
export interface Crowd {
  /** Players, all of them due. */
  readonly rows: number;
  /** Those among them whom the life makes full. */
  readonly refilled: number;
  /** Their lives together. */
  readonly lives: number;
}

/** Where the crowd is. */
export interface Tables {
  readonly lives: string;
  /** Has a row for each event. */
  readonly events: string;
}

/** The tables of the library. */
export const ours: Tables = { lives: 'lives', events: 'outbox_events' };

/** The tables of the statements written by hand. */
export const natural: Tables = { lives: 'natural_lives', events: 'natural_outbox' };

interface Totals {
  readonly rows: number;
  readonly refilled: number;
  readonly lives: number;
}

/** Makes a master copy of a crowd that is due at the tick: none to four lives each, timers that ended within 30 min. */
export async function createCrowd(store: BenchStore, rows: number, ids: BenchOptions['ids']): Promise<Crowd> {
  const id = ids === 'uuid' ? 'md5(n::text)::uuid::text' : `'player-' || n`;
  await store.query('drop table if exists {crowd}');
  await store.query(`
    create table {crowd} as
    select n as position, ${id} as user_id, abs(hashint4(n)::bigint) % 5 as current_lives,
      timestamptz '${iso(tick)}' - abs(hashint4(-n)::bigint) % 1800000 * interval '1 millisecond' as next_regen_at
    from generate_series(1, ${rows}) as n
  `);
  await store.query('vacuum analyze {crowd}');
  const [totals] = await store.query<Totals>(`
    select count(*)::int as rows, (count(*) filter (where current_lives = 4))::int as refilled,
      sum(current_lives)::int as lives
    from {crowd}
  `);
  return totals!;
}

/** Puts the crowd back as if nothing had happened: a packed, analysed table, and no checkpoint due. */
export async function restore(store: BenchStore, { lives }: Tables = ours): Promise<void> {
  await store.query(
    `truncate {lives}, {natural_lives}, {outbox}, {natural_outbox}, {job_runs}, {job_shards} restart identity`,
  );
  await store.query(`
    insert into {${lives}} (user_id, current_lives, next_regen_at)
    select user_id, current_lives, next_regen_at from {crowd} order by position
  `);
  await store.query(`vacuum analyze {${lives}}, {outbox}, {natural_outbox}`);
  await store.query('checkpoint');
}

/**
 * What must be true after everybody was given exactly one life and `spent` lives were spent.
 *
 * @throws {Error} otherwise: a measurement of something wrong is worth nothing
 */
export async function check(
  store: BenchStore,
  crowd: Crowd,
  {
    spent = 0,
    events = true,
    tables = ours,
  }: { readonly spent?: number; readonly events?: boolean; readonly tables?: Tables } = {},
): Promise<void> {
  const [found] = await store.query<Totals>(`
    select count(*)::int as rows, sum(current_lives)::int as lives,
      (select count(*)::int from {${tables.events}} where type = 'LivesRefilled') as refilled
    from {${tables.lives}}
  `);
  const expected = {
    rows: crowd.rows,
    lives: crowd.lives + crowd.rows - spent,
    refilled: events ? crowd.refilled : 0,
  };
  for (const key of ['rows', 'lives', 'refilled'] as const) {
    if (found![key] === expected[key]) continue;
    throw new Error(`${key}: expected ${expected[key]}, found ${found![key]}`);
  }
}
