import type { Json } from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';

/** A walk through the table's pages, before `page` of `pages`. */
export interface Walk {
  readonly page: number;
  readonly pages: number;
  readonly rowsPerPage: number;
}

/** Only locked rows are left that are due; how often somebody was waited for in vain. */
export interface LockedRest {
  readonly waits: number;
}

/**
 * Where a sweep stands: at its beginning, in a walk, after it (or without one) at whoever the index still finds due, at
 * those of them who are not locked, or at those who are.
 */
export type Place = null | Walk | typeof REST | typeof UNLOCKED_REST | LockedRest;

export const REST = 'rest';
export const UNLOCKED_REST = 'unlocked-rest';

/** What a batch answered as `next`. */
export function placeAt(after: Json): Place {
  return after as unknown as Place;
}

export function isWalk(place: Place): place is Walk {
  return typeof place === 'object' && place !== null && 'page' in place;
}

export function isLockedRest(place: Place): place is LockedRest {
  return typeof place === 'object' && place !== null && 'waits' in place;
}

/** Where a batch ends that begins at a walk's page. */
export function pagesAfter({ page, pages, rowsPerPage }: Walk, limit: number): number {
  return Math.min(pages, page + Math.max(1, Math.floor(limit / rowsPerPage)));
}

/** The rows of pages from a walk's on. */
export function pagesOf({ page }: Walk, end: number): RawBuilder<unknown> {
  return sql`ctid >= ${`(${page},0)`}::tid and ctid < ${`(${end},0)`}::tid`;
}
