import { addMs, type Instant } from '../../engine/time/instant.ts';
import type { Board } from './board.ts';
import { boundedPeriodAt, type BoundedPeriod, type Period } from './period.ts';

/** The stored periods of a board around an instant. */
export interface StoredPeriods {
  /** The last one that begins at or before the instant. */
  readonly latest: BoundedPeriod | null;
  /** The first one that begins after the instant. */
  readonly next: BoundedPeriod | null;
  /** The stored keys among {@link candidatePeriodKeys}, also with a suffix such as `.2`. */
  readonly keys: readonly string[];
}

/** A period of a board, and whether it is stored: a stored period never changes. */
export interface ResolvedPeriod {
  readonly period: Period;
  readonly isStored: boolean;
}

/** Returns the keys, without suffix, that {@link resolvePeriod} may assign to the period of an instant. */
export function candidatePeriodKeys(board: Board, at: Instant): readonly string[] {
  const own = defined(board, at);
  return [own.key, defined(board, own.endsAt).key];
}

/**
 * Returns the period of an instant, given the stored ones: the stored period that contains it, otherwise a new one by
 * the board's definition, cut so that it overlaps no stored one. A board whose definition never changed has exactly
 * the periods of its definition.
 *
 * If an earlier definition has left less than half of a period, the remainder is joined with the next period. The key
 * is that of the definition's period with which the new one ends; if that key is already used, it gets a suffix:
 * `2026-W48.2`.
 */
export function resolvePeriod(
  board: Board,
  at: Instant,
  { latest, next, keys }: StoredPeriods,
): ResolvedPeriod & { readonly period: BoundedPeriod } {
  if (latest && latest.endsAt > at) return { period: latest, isStored: true };
  const { startsAt, endsAt: ownEnd } = spanAfter(board, at, latest?.endsAt ?? null);
  const endsAt = next && next.startsAt < ownEnd ? next.startsAt : ownEnd;
  const key = freeKey(defined(board, addMs(endsAt, -1)).key, keys);
  return { period: { key, startsAt, endsAt }, isStored: false };
}

/** Returns the definition's period of an instant, starting where the previous stored one ends. */
function spanAfter(
  board: Board,
  at: Instant,
  end: Instant | null,
): { readonly startsAt: Instant; readonly endsAt: Instant } {
  const own = defined(board, at);
  if (end === null) return own;
  if (end > own.startsAt) {
    if (!isShortRest(own, end)) return { startsAt: end, endsAt: own.endsAt };
    return { startsAt: end, endsAt: defined(board, own.endsAt).endsAt };
  }
  const before = defined(board, addMs(own.startsAt, -1));
  const joins = end > before.startsAt && end < before.endsAt && isShortRest(before, end);
  return joins ? { startsAt: end, endsAt: own.endsAt } : own;
}

/** Returns whether less than half of a period is left after an instant. */
function isShortRest({ startsAt, endsAt }: BoundedPeriod, from: Instant): boolean {
  return (endsAt - from) * 2 < endsAt - startsAt;
}

function freeKey(key: string, taken: readonly string[]): string {
  for (let suffix = 1; ; suffix += 1) {
    const candidate = suffix === 1 ? key : `${key}.${suffix}`;
    if (!taken.includes(candidate)) return candidate;
  }
}

function defined(board: Board, at: Instant): BoundedPeriod {
  const period = boundedPeriodAt(board, at);
  if (!period) throw new TypeError(`board ${board.key} has no periods that end`);
  return period;
}
