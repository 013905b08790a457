import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partitionOf, subjectOf } from './subject.ts';

describe('the subject of an event', () => {
  it('is the player, else the board, else the event alone', () => {
    const key = 'what happened';
    expect(subjectOf({ key, payload: { userId: 'ann', board: 'weekly' } })).toBe('ann');
    expect(subjectOf({ key, payload: { board: 'weekly' } })).toBe('weekly');
    expect(subjectOf({ key, payload: { userId: 7 } })).toBe(key);
  });
});

describe('the partition of a subject', () => {
  it('is one of those that there are, and always the same', () => {
    const subjects = fc.tuple(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 256 }));
    fc.assert(
      fc.property(subjects, ([subject, count]) => {
        const partition = partitionOf(subject, count);
        expect(Number.isInteger(partition) && partition >= 0 && partition < count).toBe(true);
        expect(partitionOf(subject, count)).toBe(partition);
      }),
    );
  });

  it('does not change from version to version', () => {
    expect(['', 'ann', 'bob', 'player-1', 'zwölf'].map((subject) => partitionOf(subject, 256)))
      .toMatchInlineSnapshot(`
      [
        252,
        75,
        89,
        207,
        187,
      ]
    `);
  });

  it.each([2, 8, 16])('is one of %i about equally often', (count) => {
    const sizes = Array.from({ length: count }, () => 0);
    for (let player = 0; player < 10_000; player += 1) sizes[partitionOf(`player-${player}`, count)]! += 1;
    expect(Math.min(...sizes)).toBeGreaterThan((10_000 / count) * 0.8);
    expect(Math.max(...sizes)).toBeLessThan((10_000 / count) * 1.2);
  });
});
