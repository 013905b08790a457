import { definitionsOf, instants } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant, iso, addMs, type Instant } from '../../engine/time/instant.ts';
import { defineBoards, type Board, type BoardOptions } from './board.ts';
import { candidatePeriodKeys, resolvePeriod } from './resolve-period.ts';
import { boundedPeriodAt, type BoundedPeriod } from './period.ts';

const define = (options: Partial<BoardOptions>): Board =>
  defineBoards([{ key: 'board', period: 'week', ...options }])[0]!;

/** What a store of these periods knows around an instant. */
function around(stored: readonly BoundedPeriod[], board: Board, at: Instant) {
  const sorted = stored.toSorted((a, b) => a.startsAt - b.startsAt);
  const bases = candidatePeriodKeys(board, at);
  return {
    latest: sorted.findLast(({ startsAt }) => startsAt <= at) ?? null,
    next: sorted.find(({ startsAt }) => startsAt > at) ?? null,
    keys: sorted.map(({ key }) => key).filter((key) => bases.includes(key.replace(/\.\d+$/, ''))),
  };
}

/** The period that follows one of a definition when another one is in force by its end. */
function following(before: Partial<BoardOptions>, after: Partial<BoardOptions>, at: string): string {
  const stored = boundedPeriodAt(define(before), instant(at))!;
  const board = define(after);
  const { period } = resolvePeriod(board, stored.endsAt, around([stored], board, stored.endsAt));
  return `${period.key} ${iso(period.startsAt)} ${iso(period.endsAt)}`;
}

describe('the period after a change of the definition', () => {
  it.each([
    [
      'to a zone an hour ahead',
      {},
      { timeZone: 'Europe/Berlin' },
      '2026-W49 2026-11-30T00:00 2026-12-06T23:00',
    ],
    [
      'to a zone an hour behind',
      { timeZone: 'Europe/Berlin' },
      {},
      '2026-W49 2026-11-29T23:00 2026-12-07T00:00',
    ],
    ['to weeks from Sunday', {}, { weekStart: 0 }, '2026-W48.2 2026-11-30T00:00 2026-12-06T00:00'],
    ['to weeks from Saturday', {}, { weekStart: 6 }, '2026-W48.2 2026-11-30T00:00 2026-12-05T00:00'],
    ['to weeks from Tuesday', {}, { weekStart: 2 }, '2026-W49 2026-11-30T00:00 2026-12-08T00:00'],
    ['from weeks to months', {}, { period: 'month' }, '2026-12 2026-11-30T00:00 2027-01-01T00:00'],
    ['from months to weeks', { period: 'month' }, {}, '2026-W49 2026-12-01T00:00 2026-12-07T00:00'],
    [
      'from days to months',
      { period: 'day' },
      { period: 'month' },
      '2026-12 2026-11-26T00:00 2027-01-01T00:00',
    ],
    [
      'from months to days',
      { period: 'month' },
      { period: 'day' },
      '2026-12-01 2026-12-01T00:00 2026-12-02T00:00',
    ],
  ] as const)('%s begins where the last one ends', (_change, before, after, expected) => {
    const short = following(before, after, '2026-11-25T12:00:00Z').replaceAll(':00.000Z', '');
    expect(short).toBe(expected);
  });

  it('is the same one whichever of its instants comes first, and never overlaps or shares a key', () => {
    const scene = fc.tuple(
      definitionsOf('board'),
      definitionsOf('board'),
      instants({ from: '2026-01-01T00:00:00Z', to: '2026-12-01T00:00:00Z' }),
      fc.nat(100),
    );
    fc.assert(
      fc.property(scene, ([before, after, at, percent]) => {
        const stored = boundedPeriodAt(before, at)!;
        const first = resolvePeriod(after, stored.endsAt, around([stored], after, stored.endsAt)).period;
        expect(first.startsAt).toBe(stored.endsAt);
        expect(first.key).not.toBe(stored.key);
        const within = addMs(
          first.startsAt,
          Math.floor(((first.endsAt - 1 - first.startsAt) * percent) / 100),
        );
        expect(resolvePeriod(after, within, around([stored], after, within)).period).toEqual(first);
        const second = resolvePeriod(
          after,
          first.endsAt,
          around([stored, first], after, first.endsAt),
        ).period;
        const { startsAt, endsAt } = boundedPeriodAt(after, first.endsAt)!;
        expect(second).toMatchObject({ startsAt, endsAt });
        // From a half on it stands for itself; what is shorter is joined with the one after it.
        const own = boundedPeriodAt(after, addMs(first.endsAt, -1))!;
        expect((first.endsAt - first.startsAt) * 2).toBeGreaterThanOrEqual(own.endsAt - own.startsAt);
      }),
      { numRuns: 500 },
    );
  });

  it('is cut where a period that is stored begins', () => {
    const board = define({});
    const next = {
      key: 'next',
      startsAt: instant('2026-11-27T00:00:00Z'),
      endsAt: instant('2026-12-04T00:00:00Z'),
    };
    const { period } = resolvePeriod(board, instant('2026-11-24T00:00:00Z'), {
      latest: null,
      next,
      keys: [],
    });
    expect(period).toMatchObject({ key: '2026-W48', endsAt: next.startsAt });
  });

  it('gets the next suffix that is free', () => {
    const board = define({});
    const keys = ['2026-W48', '2026-W48.2'];
    const { period } = resolvePeriod(board, instant('2026-11-24T00:00:00Z'), {
      latest: null,
      next: null,
      keys,
    });
    expect(period.key).toBe('2026-W48.3');
  });
});
