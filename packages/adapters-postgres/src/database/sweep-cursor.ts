import type { Json } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';

/** A scan of the table's pages, at `page` of `pages`. */
export interface PageScan {
  readonly page: number;
  readonly pages: number;
  readonly rowsPerPage: number;
}

/** Only locked rows are still due. `waits`: how many lock waits have timed out. */
export interface LockedRows {
  readonly waits: number;
}

/**
 * The checkpoint of a sweep: `null` (start), a page scan, `rest` (rows the index still finds), `unlocked-rest` (the
 * same without locked rows), or a list of locked rows to wait for.
 */
export type SweepCursor = null | PageScan | typeof REMAINING | typeof REMAINING_UNLOCKED | LockedRows;

export const REMAINING = 'rest';
export const REMAINING_UNLOCKED = 'unlocked-rest';

/** Returns the cursor in the `next` of a batch. */
export function cursorOf(after: Json): SweepCursor {
  return after as unknown as SweepCursor;
}

export function isPageScan(place: SweepCursor): place is PageScan {
  return typeof place === 'object' && place !== null && 'page' in place;
}

export function isLockedRows(place: SweepCursor): place is LockedRows {
  return typeof place === 'object' && place !== null && 'waits' in place;
}

/** Returns the page at which a batch ends. */
export function pagesAfter({ page, pages, rowsPerPage }: PageScan, limit: number): number {
  return Math.min(pages, page + Math.max(1, Math.floor(limit / rowsPerPage)));
}

/** Returns the condition for the rows of the pages from the cursor on. */
export function pagesOf({ page }: PageScan, end: number): RawBuilder<unknown> {
  return sql`ctid >= ${`(${page},0)`}::tid and ctid < ${`(${end},0)`}::tid`;
}
