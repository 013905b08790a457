import { setTimeout as pause } from 'node:timers/promises';
import type { BenchStore } from './bench-store.ts';
import { measured } from './machine.ts';
import { spread } from './statistics.ts';

/** The server may keep the counters of a session that is idle to itself for so long. */
const COUNTERS_AFTER_MS = 15_000;

/** What some work cost, and what it wrote. */
export interface Written {
  readonly seconds: number;
  readonly peakMegabytes: number;
  /** Bytes of the write-ahead log for each row, with those of anybody else who uses the server. */
  readonly walPerRow: number;
  /** The share of updates that PostgreSQL made in place, without a write to an index; `null` without updates. */
  readonly hotShare: number | null;
}

interface Counters {
  readonly wal: string;
  readonly updated: number;
  readonly hot: number;
}

/** Measures work that updates each of so many rows of a table (`null`: none of which is updated). */
export async function measuredWrites(
  store: BenchStore,
  { table, rows }: { readonly table: string | null; readonly rows: number },
  work: () => Promise<unknown>,
): Promise<Written> {
  const before = await counters(store, table);
  const took = await measured(work);
  const { wal } = await counters(store, table);
  const after = table === null ? before : await flushed(store, table, before.updated + rows);
  const updated = after.updated - before.updated;
  return {
    ...took,
    walPerRow: Number(BigInt(wal) - BigInt(before.wal)) / rows,
    hotShare: updated === 0 ? null : (after.hot - before.hot) / updated,
  };
}

/** `220 (218–223)`, and `80 %`. */
export function writesOf(ways: readonly Written[]): readonly [string, string] {
  const shares = ways.flatMap(({ hotShare }) => (hotShare === null ? [] : [hotShare * 100]));
  const wal = spread(
    ways.map(({ walPerRow }) => walPerRow),
    0,
  );
  return [wal, shares.length === 0 ? '' : spread(shares, 0)];
}

async function counters(store: BenchStore, table: string | null): Promise<Counters> {
  const of = table === null ? 'false' : `relid = '{${table}}'::regclass`;
  const [found] = await store.query<Counters>(`
    select (pg_current_wal_lsn() - '0/0'::pg_lsn)::text as wal, coalesce(sum(n_tup_upd), 0)::int as updated,
      coalesce(sum(n_tup_hot_upd), 0)::int as hot
    from pg_stat_user_tables where ${of}
  `);
  return found!;
}

async function flushed(store: BenchStore, table: string, updated: number): Promise<Counters> {
  for (const startedAt = performance.now(); ; await pause(100)) {
    const found = await counters(store, table);
    if (found.updated >= updated || performance.now() - startedAt > COUNTERS_AFTER_MS) return found;
  }
}
