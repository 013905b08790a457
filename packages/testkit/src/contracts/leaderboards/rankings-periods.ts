import {
  DAY_MS,
  HOUR_MS,
  awardId,
  instant,
  addMs,
  userId,
  type Board,
  type BoardOptions,
  type Instant,
} from '@gamekeeper/core';
import { type BoundedPeriod } from '@gamekeeper/core/ports';
import { boundedPeriodAt, defineBoards, resolvePeriod } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal, ok, rejects } from '../assertions.ts';
import { definitionsOf } from '../../arbitraries/boards.ts';
import { instants } from '../../arbitraries/time.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';
import type { Sentence } from '../contract.ts';
import {
  award,
  awardAll,
  boardOf,
  carryOverAll,
  earned,
  finish,
  monday,
  passTo,
  scoresOf,
  seal,
  week,
  type RankingsHarness,
} from './rankings-harness.ts';

const KEY = 'changing';
const span = { from: '2026-10-20T00:00:00Z', to: '2027-02-10T00:00:00Z' };

/** Returns a board with one key, as successive deploys may define it. */
function defined(options: Omit<BoardOptions, 'key'>): Board {
  const [board] = defineBoards([{ key: KEY, ...options }]);
  ok(board);
  return board;
}

/** What is promised of the ranges of periods, whatever definitions a board has had. */
export const periodCases: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'opens no periods that overlap or share a key, however the definition of a board changes',
    check: async (create, property) => {
      const step = fc.record({ board: definitionsOf(KEY), at: instants(span), opens: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25, size: 'max' }), async (steps) => {
          const harness = await create();
          const model: BoundedPeriod[] = [];
          for (const [index, { board, at, opens }] of steps.entries()) {
            const found = among(board, at, model);
            deepEqual(await harness.periods.periodAt(board, at), found);
            if (!found.isStored) model.push(found.period);
            deepEqual(await openBy(harness, opens ? 'open' : 'award', { board, at, index }), found.period);
            ok(found.period.startsAt <= at && at < found.period.endsAt);
          }
          await areApart(harness, model);
        }),
        property,
      );
    },
  },
  {
    name: 'uses the definition alone if it never changed',
    check: async (create, property) => {
      const scene = fc.tuple(definitionsOf(KEY), fc.array(instants(span), { maxLength: 12 }));
      await fc.assert(
        fc.asyncProperty(scene, async ([board, all]) => {
          const harness = await create();
          for (const [index, at] of all.entries())
            deepEqual(await openBy(harness, 'award', { board, at, index }), boundedPeriodAt(board, at));
        }),
        property,
      );
    },
  },
  {
    name: 'keeps an open period as it was opened, begins the next where it ends, and gives no two the same key',
    check: async (create) => {
      const harness = await create();
      const [utc, saturdays] = [defined({ period: 'week' }), defined({ period: 'week', weekStart: 6 })];
      const open = (board: Board, at: string): Promise<object> =>
        openBy(harness, 'open', { board, at: instant(at), index: 0 });
      const first = await open(utc, '2026-11-25T00:00:00Z');
      deepEqual(first, boundedPeriodAt(utc, monday));
      deepEqual(await open(saturdays, '2026-11-29T23:00:00Z'), first);
      // The week from Saturday the 28th would be the 48th as well.
      deepEqual(await open(saturdays, '2026-11-30T00:00:00Z'), {
        key: '2026-W48.2',
        startsAt: instant('2026-11-30T00:00:00Z'),
        endsAt: instant('2026-12-05T00:00:00Z'),
      });
      // Two days of the 49th are left: they are joined with the 50th.
      deepEqual(await open(utc, '2026-12-05T12:00:00Z'), {
        key: '2026-W50',
        startsAt: instant('2026-12-05T00:00:00Z'),
        endsAt: instant('2026-12-14T00:00:00Z'),
      });
      deepEqual(await open(saturdays, '2026-12-14T00:00:00Z'), {
        key: '2026-W50.2',
        startsAt: instant('2026-12-14T00:00:00Z'),
        endsAt: instant('2026-12-19T00:00:00Z'),
      });
    },
  },
  {
    name: 'lists periods of several kinds in the order of time, in pages',
    check: async (create) => {
      const harness = await create();
      const kinds = ['day', 'month', 'week', 'day'] as const;
      const opened: object[] = [];
      for (const [index, period] of kinds.entries()) {
        const at = addMs(monday, index * 40 * DAY_MS);
        opened.unshift(await openBy(harness, 'open', { board: defined({ period }), at, index }));
      }
      const board = defined({ period: 'day' });
      const listed: object[] = [];
      for (let before: string | undefined; ;) {
        const page = await harness.periods.list(board, {
          limit: 1,
          ...(before !== undefined && { before }),
        });
        before = page[0]?.key;
        if (before === undefined) break;
        listed.push(...page.map(({ key, startsAt, endsAt }) => ({ key, startsAt, endsAt })));
      }
      deepEqual(listed, opened);
      deepEqual(await harness.periods.list(board, { limit: 9, before: 'no such period' }), []);
    },
  },
  {
    name: 'opens no period for an award that was counted before',
    check: async (create) => {
      const harness = await create();
      const given = earned(userId('ada'), 5);
      await award(harness, given);
      await award(harness, { ...given, earnedAt: addMs(given.earnedAt, 7 * DAY_MS) });
      equal((await harness.periods.list(boardOf('weekly'), { limit: 10 })).length, 1);
    },
  },
  {
    name: 'opens no overlapping periods for concurrent hosts with different definitions',
    needs: 'concurrent',
    check: async (create, property) => {
      const step = fc.record({ board: definitionsOf(KEY), hours: fc.nat(30 * 24) });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8, size: 'max' }), async (steps) => {
          const harness = await create();
          const opened = await Promise.all(
            steps.map(({ board, hours }, index) =>
              openBy(harness, index % 2 === 0 ? 'award' : 'open', {
                board,
                at: addMs(monday, hours * HOUR_MS),
                index,
              }),
            ),
          );
          for (const [index, { hours }] of steps.entries()) {
            const { startsAt, endsAt } = opened[index]!;
            const at = addMs(monday, hours * HOUR_MS);
            ok(startsAt! <= at && at < endsAt!);
          }
          await areApart(harness);
        }),
        property,
      );
    },
  },
  {
    name: 'rejects a transaction of another store',
    check: async (create) => {
      const { periods } = await create();
      const board = defined({ period: 'week' });
      await refuseForeignTransaction(
        (tx) => periods.periodAt(board, monday, tx),
        (tx) => periods.open(tx, board, monday),
        (tx) => periods.list(board, { limit: 1 }, tx),
      );
    },
  },
];

/** What is promised of periods that cannot be sealed, and of sealed ones. */
export const sealedPeriodCases: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'seals no period that ends in the future by the store’s clock, and none that was never opened',
    check: async (create) => {
      const harness = await create();
      const { periodResets, periods, transactions } = harness;
      const board = boardOf('weekly');
      const period = boundedPeriodAt(board, harness.now());
      ok(period);
      const tryToSeal = (): Promise<boolean> =>
        transactions.run((tx) => periodResets.seal(tx, { board, period }, period.endsAt));
      equal(await tryToSeal(), false);
      equal(await periods.find(board, period.key), null);
      await openBy(harness, 'open', { board, at: period.startsAt, index: 0 });
      const undone = transactions.run(async (tx) => {
        equal(await periodResets.seal(tx, { board, period }, period.endsAt, { dryRun: true }), true);
        throw new Error('undo');
      });
      await rejects(undone, /undo/);
      await passTo(harness, addMs(period.endsAt, -1));
      equal(await tryToSeal(), false);
      equal((await periods.find(board, period.key))?.sealedAt, null);
      await harness.passTime(1);
      equal(await tryToSeal(), true);
    },
  },
  {
    name: 'carries no player over to a sealed period',
    check: async (create) => {
      const harness = await create();
      await award(harness, earned(userId('ada'), 5));
      await seal(harness, week(0));
      await seal(harness, week(1));
      await finish(harness, week(1));
      await carryOverAll(harness, week(0), week(1), 10);
      deepEqual(await scoresOf(harness, week(1)), []);
    },
  },
];

/** Opens the period of an instant directly or by an award. Returns it. */
async function openBy(
  harness: RankingsHarness,
  verb: 'open' | 'award',
  { board, at, index }: { readonly board: Board; readonly at: Instant; readonly index: number },
) {
  if (verb === 'open') return harness.transactions.run((tx) => harness.periods.open(tx, board, at));
  const given = { awardId: awardId(`a${index}`), userId: userId(`p${index}`), amount: 1, earnedAt: at };
  const [outcome] = await awardAll(harness, [given], [board]);
  equal(outcome?.scores.length, 1);
  return outcome.scores[0]!.period;
}

/** Checks that the stored periods of the board do not overlap and have distinct keys. */
async function areApart({ periods }: RankingsHarness, expected?: readonly BoundedPeriod[]): Promise<void> {
  const stored = await periods.list(defined({ period: 'week' }), { limit: 1_000 });
  const spans = stored.map(({ key, startsAt, endsAt }) => ({ key, startsAt, endsAt })).reverse();
  for (const [index, { startsAt, endsAt }] of spans.entries()) {
    ok(startsAt! < endsAt!);
    const next = spans[index + 1];
    if (next) ok(endsAt! <= next.startsAt!);
  }
  equal(new Set(spans.map(({ key }) => key)).size, spans.length);
  if (expected)
    deepEqual(
      spans,
      expected.toSorted((a, b) => a.startsAt - b.startsAt),
    );
}

function among(board: Board, at: Instant, stored: readonly BoundedPeriod[]) {
  const sorted = stored.toSorted((a, b) => a.startsAt - b.startsAt);
  return resolvePeriod(board, at, {
    latest: sorted.findLast(({ startsAt }) => startsAt <= at) ?? null,
    next: sorted.find(({ startsAt }) => startsAt > at) ?? null,
    keys: sorted.map(({ key }) => key),
  });
}
