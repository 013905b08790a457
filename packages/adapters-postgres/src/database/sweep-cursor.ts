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

/** A walk by id has come to this one; `''`: it starts, `null`: only rows that it does not order are left. */
export interface KeyWalkCursor {
  readonly walkedTo: string | null;
  readonly skipsLocked: boolean;
}

/** A cursor of rows that the index finds: `rest`, the same without locked rows (`unlocked-rest`), or a walk by id. */
export type IndexCursor = null | typeof REMAINING | typeof REMAINING_UNLOCKED | KeyWalkCursor;

/**
 * The checkpoint of a sweep: `null` (start), a page scan, rows that the index still finds, or locked rows to wait for.
 */
export type SweepCursor = IndexCursor | PageScan | LockedRows;

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

export function isKeyWalk(place: SweepCursor): place is KeyWalkCursor {
  return typeof place === 'object' && place !== null && 'walkedTo' in place;
}

/** Whether a batch by the index leaves out locked rows. */
export function skipsLockedRows(place: IndexCursor): boolean {
  return isKeyWalk(place) ? place.skipsLocked : place === REMAINING_UNLOCKED;
}

/** Returns the page at which a batch ends. */
export function pagesAfter({ page, pages, rowsPerPage }: PageScan, limit: number): number {
  return Math.min(pages, page + Math.max(1, Math.floor(limit / rowsPerPage)));
}

/** Returns the condition for the rows of the pages from the cursor on. */
export function pagesOf({ page }: PageScan, end: number): RawBuilder<unknown> {
  return sql`ctid >= ${`(${page},0)`}::tid and ctid < ${`(${end},0)`}::tid`;
}
