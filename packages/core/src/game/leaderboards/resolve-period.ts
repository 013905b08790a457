import { addMs, type Instant } from '../../engine/time/instant.ts';
import type { Board } from './board.ts';
import { boundedPeriodAt, type BoundedPeriod, type Period } from './period.ts';

/** What a store knows about the periods of a board around an instant. */
export interface StoredPeriods {
  /** The one that begins last by the instant. */
  readonly latest: BoundedPeriod | null;
  /** The one that begins first after the instant. */
  readonly next: BoundedPeriod | null;
  /** The stored keys among {@link candidatePeriodKeys}, each also with a suffix such as `.2`. */
  readonly keys: readonly string[];
}

/** A period of a board, and whether the store has it: a span that is stored never changes again. */
export interface ResolvedPeriod {
  readonly period: Period;
  readonly isStored: boolean;
}

/** The keys, without suffix, that {@link resolvePeriod} may give to the period of an instant. */
export function candidatePeriodKeys(board: Board, at: Instant): readonly string[] {
  const own = defined(board, at);
  return [own.key, defined(board, own.endsAt).key];
}

/**
 * The period that an instant belongs to, beside those that are stored: a stored one that contains it, otherwise a new
 * one by the board's definition, cut to its neighbours, so that no two overlap. Boards that were never defined
 * differently get exactly the periods of their definition.
 *
 * Where an earlier definition has left less than half of a period, that rest is joined with the period after it. The
 * key is that of the definition's period which the new one ends with; when it names another span already, it gets a
 * suffix: `2026-W48.2`.
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

/** The definition's period of an instant, begun where the stored one before it ends. */
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

/** Whether less than half of a period is left from an instant on. */
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
