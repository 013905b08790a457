import { instant, type Board, type Instant, type TieBreak } from '@gamekeeper/core';
import { type Score } from '@gamekeeper/core/ports';
import { defineBoards } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { userIds } from './players.ts';
import { zones } from './time.ts';

/** Generates boards with this key and with periods, as successive deploys may define them. */
export function definitionsOf(key: string): fc.Arbitrary<Board> {
  return fc
    .record({
      period: fc.constantFrom('day' as const, 'week' as const, 'month' as const),
      timeZone: zones(),
      weekStart: fc.nat(6),
    })
    .map((options) => defineBoards([{ key, ...options }])[0]!);
}

/** Generates the order of two players with the same score. */
export function tieOrders(): fc.Arbitrary<TieBreak> {
  return fc.constantFrom('latest', 'earliest');
}

/** Generates scores that are difficult for boards: 0, ties, and those at the limits of floating-point precision. */
export function points(): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        900_000,
        2 ** 31,
        2 ** 32 + 1,
        Number.MAX_SAFE_INTEGER - 1,
        Number.MAX_SAFE_INTEGER,
      ),
    },
    { weight: 1, arbitrary: fc.nat(Number.MAX_SAFE_INTEGER) },
  );
}

/**
 * Generates players' scores on a board, unordered: many ties, instants 1 ms apart, and some players with 0 who never
 * earned XP on it.
 *
 * @param from the first instant at which XP was earned
 */
export function scoresSince(
  from: Instant,
  size: { readonly minLength?: number; readonly maxLength?: number } = {},
): fc.Arbitrary<readonly Score[]> {
  const earned = fc
    .record(
      {
        score: points(),
        lastXpAt: fc
          .oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 100_000_000 }))
          .map((ms) => instant(from + ms)),
      },
      { noNullPrototype: true },
    )
    .map(({ score, lastXpAt }) => ({ score, lastXpAt: score === 0 ? null : lastXpAt }));
  const carriedOver = fc.constant({ score: 0, lastXpAt: null });
  const places = fc.oneof({ weight: 6, arbitrary: earned }, { weight: 1, arbitrary: carriedOver });
  return fc
    .uniqueArray(userIds(), { minLength: 0, maxLength: 20, size: 'max', ...size })
    .chain((ids) => fc.tuple(...ids.map((userId) => places.map((place) => ({ userId, ...place })))));
}
