import type { Json } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';

/** A walk through the table's pages, before `page` of `pages`. */
export interface PageScan {
  readonly page: number;
  readonly pages: number;
  readonly rowsPerPage: number;
}

/** Only locked rows are left that are due; how often somebody was waited for in vain. */
export interface LockedRows {
  readonly waits: number;
}

/**
 * Where a sweep stands: at its beginning, in a walk, after it (or without one) at whoever the index still finds due, at
 * those of them who are not locked, or at those who are.
 */
export type SweepCursor = null | PageScan | typeof REMAINING | typeof REMAINING_UNLOCKED | LockedRows;

export const REMAINING = 'rest';
export const REMAINING_UNLOCKED = 'unlocked-rest';

/** What a batch answered as `next`. */
export function cursorOf(after: Json): SweepCursor {
  return after as unknown as SweepCursor;
}

export function isPageScan(place: SweepCursor): place is PageScan {
  return typeof place === 'object' && place !== null && 'page' in place;
}

export function isLockedRows(place: SweepCursor): place is LockedRows {
  return typeof place === 'object' && place !== null && 'waits' in place;
}

/** Where a batch ends that begins at a walk's page. */
export function pagesAfter({ page, pages, rowsPerPage }: PageScan, limit: number): number {
  return Math.min(pages, page + Math.max(1, Math.floor(limit / rowsPerPage)));
}

/** The rows of pages from a walk's on. */
export function pagesOf({ page }: PageScan, end: number): RawBuilder<unknown> {
  return sql`ctid >= ${`(${page},0)`}::tid and ctid < ${`(${end},0)`}::tid`;
}
