import type { Division, Json } from '@gamekeeper/core';
import { excluding, type Sweep } from './due-rows.ts';
import type { Sql } from './postgres-transaction.ts';
import { startPageScan } from './page-scan.ts';
import { REMAINING, type PageScan } from './sweep-cursor.ts';

/** Smaller parts cost more than they save. */
const MIN_PAGES = 8;

/**
 * Divides the due rows of a sweep by the pages of the table, if a large share of them is due; a few rows, which the
 * index finds, are not divided. Rows that move to other pages meanwhile, and locked ones, are found at the end, in one
 * piece. Reads the catalog and some pages, without locks.
 */
export async function divideSweep(db: Sql, sweep: Sweep, max: number): Promise<Division> {
  const scan = await startPageScan(db, excluding(sweep), 1);
  if (!scan) return { parts: [] };
  const count = Math.min(max, Math.floor(scan.pages / MIN_PAGES));
  const startOf = (index: number): number => Math.floor((index * scan.pages) / count);
  const parts = Array.from(
    { length: count },
    (_, index) => ({ ...scan, page: startOf(index), pages: startOf(index + 1) }) satisfies PageScan,
  );
  return { parts: parts as unknown as readonly Json[], next: REMAINING };
}

/** Returns the cursor at which a batch begins: a part is the scan of its own pages. */
export function cursorIn(shard: Json | undefined, after: Json): Json {
  return after ?? shard ?? null;
}
