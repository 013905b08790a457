import { userId, type Instant, type TieBreak } from '@gamekeeper/core';
import { type Score } from '@gamekeeper/core/ports';
import { compareBytewise, compareScores } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TIME_LENGTH, instantOf, entryOf, negated, standingOf, timeKey, userOf } from './member.ts';

const FURTHEST = 8_640_000_000_000_000;
const instants = fc
  .oneof(
    fc.integer({ min: -FURTHEST, max: FURTHEST }),
    fc.integer({ min: -2, max: 2 }),
    fc.constantFrom(-FURTHEST, FURTHEST, 1_795_525_200_000, 1_795_525_200_001),
  )
  .map((ms) => ms as Instant);
const scores = fc.record({
  userId: fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 4 })
    .map((id) => userId(`p${id.replaceAll('\0', '')}`)),
  score: fc.oneof(fc.nat(2), fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1)),
  lastXpAt: fc.option(instants),
});
const ties = fc.constantFrom<TieBreak>('latest', 'earliest');

describe('a member of a sorted set', () => {
  it('law 5: sorts by negated score and bytes as the board does', () => {
    fc.assert(
      fc.property(scores, scores, ties, (a, b, order) => {
        expect(Math.sign(inRedis(a, b, order))).toBe(Math.sign(compareScores(a, b, order)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('can be parsed back', () => {
    fc.assert(
      fc.property(scores, ties, (score, order) => {
        const time = timeKey(score.lastXpAt, order);
        expect(time).toHaveLength(TIME_LENGTH);
        expect(instantOf(time, order)).toBe(score.lastXpAt);
        expect(userOf(time + score.userId)).toBe(score.userId);
        const entry = entryOf({ ...score, username: 'Ada L.' }, order);
        expect(standingOf(score.userId, entry, 3, order)).toEqual({
          ...score,
          username: 'Ada L.',
          rank: 3,
        });
      }),
      { numRuns: 2_000 },
    );
  });
});

function inRedis(a: Score, b: Score, order: TieBreak): number {
  const [one, other] = [a, b].map((score) => timeKey(score.lastXpAt, order) + score.userId) as [
    string,
    string,
  ];
  return Number(negated(a.score)) - Number(negated(b.score)) || compareBytewise(one, other);
}
