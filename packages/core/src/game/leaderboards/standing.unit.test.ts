import { userIds } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { userId } from '../players/ids.ts';
import { instant } from '../../engine/time/instant.ts';
import type { TieBreak } from './board.ts';
import { compareBytewise, compareScores, type Score } from './standing.ts';

const monday = instant('2026-11-23T12:00:00Z');
const player = (id: string, score: number, lastXpAt: number | null = monday): Score => ({
  userId: userId(id),
  score,
  lastXpAt: lastXpAt === null ? null : instant(lastXpAt),
});
const order = (ties: TieBreak, ...scores: Score[]): string =>
  scores
    .toSorted((a, b) => compareScores(a, b, ties))
    .map(({ userId }) => userId)
    .join(' ');

const ties = fc.constantFrom<TieBreak[]>('latest', 'earliest');
/** Scores so close to each other that every rule of the order has its say. */
const scores = fc.record({
  userId: fc.oneof(fc.constantFrom('a', 'b', 'ä', '\uFFFF', '\u{1F3AE}').map(userId), userIds()),
  score: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constantFrom(2 ** 53 - 1, 2 ** 53 - 2)),
  lastXpAt: fc.option(fc.constantFrom(0, 1, monday, monday + 1).map(instant)),
});

describe('compareScores', () => {
  it('puts the higher score first, to the last point of 2^53 − 1', () => {
    expect(order('latest', player('low', 2 ** 53 - 2), player('high', 2 ** 53 - 1))).toBe('high low');
  });

  it('puts whoever earned XP last first among equals, or whoever earned it first, to the millisecond', () => {
    const [early, late] = [player('early', 9, monday), player('late', 9, monday + 1)];
    expect(order('latest', early, late)).toBe('late early');
    expect(order('earliest', late, early)).toBe('early late');
  });

  it.each(['latest', 'earliest'] as const)(
    'puts those without any XP after those with some where ties go to the %s',
    (ties) => {
      const [carriedOver, earnedZero] = [player('carried-over', 0, null), player('earned-zero', 0, 0)];
      expect(order(ties, carriedOver, earnedZero)).toBe('earned-zero carried-over');
    },
  );

  it.each(['latest', 'earliest'] as const)(
    'lets the user id decide at last, bytewise and ascending, where ties go to the %s',
    (ties) => {
      const alike = ['b', 'a', '\u{1F3AE}', 'ab', 'Z', '\uFFFF'].map((id) => player(id, 5));
      expect(order(ties, ...alike)).toBe('Z a ab b \uFFFF \u{1F3AE}');
    },
  );

  it('law 5: is a total order, in both tie directions', () => {
    fc.assert(
      fc.property(scores, scores, scores, ties, (a, b, c, ties) => {
        const compare = (one: Score, other: Score): number => Math.sign(compareScores(one, other, ties));
        expect(compare(a, a)).toBe(0);
        // Antisymmetric; the sum is 0 and never -0.
        expect(compare(a, b) + compare(b, a)).toBe(0);
        if (a.userId !== b.userId) expect(compare(a, b)).not.toBe(0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('law 5: sorts a crowd the same way from whatever order it comes in', () => {
    const crowds = fc.uniqueArray(scores, { selector: ({ userId }) => userId, maxLength: 30 });
    const shuffled = crowds.chain((crowd) =>
      fc.tuple(
        fc.constant(crowd),
        fc.shuffledSubarray(crowd, { minLength: crowd.length, maxLength: crowd.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ties, ([crowd, other], ties) => {
        const sorted = (all: readonly Score[]): readonly Score[] =>
          all.toSorted((a, b) => compareScores(a, b, ties));
        expect(sorted(other)).toEqual(sorted(crowd));
      }),
    );
  });
});

describe('compareBytewise', () => {
  /** Code points from every stretch that UTF-8 and UTF-16 order differently, and from their edges. */
  const characters = fc.oneof(
    fc.constantFrom('\0', '\x7F', '\x80', '\u07FF', '\u0800', '\uD7FF', '\uE000', '\uFFFF', '\u{10000}'),
    fc.constantFrom('\u{10FFFF}', '\u{1F3AE}', '\u{1F3AF}', '\u{1FBAE}', 'a', 'ä', 'z'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  const texts = fc.array(characters, { maxLength: 5 }).map((all) => all.join(''));
  const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

  it('law 5: agrees with the order of the UTF-8 bytes', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(Math.sign(compareBytewise(a, b))).toBe(bytewise(a, b));
      }),
      { numRuns: 2_000 },
    );
  });

  it('law 5: agrees where texts begin alike', () => {
    fc.assert(
      fc.property(texts, texts, texts, (start, a, b) => {
        expect(Math.sign(compareBytewise(start + a, start + b))).toBe(bytewise(start + a, start + b));
      }),
      { numRuns: 2_000 },
    );
  });
});
