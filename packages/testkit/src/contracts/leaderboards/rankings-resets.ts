import { awardId, addMs, userId, type PeriodRecord } from '@gamekeeper/core';
import fc from 'fast-check';
import { deepEqual, equal, rejects } from '../assertions.ts';
import { scoresSince, tieOrders } from '../../arbitraries/boards.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';
import type { Sentence } from '../contract.ts';
import {
  archiveAll,
  archiveOf,
  award,
  boardOf,
  carryOverAll,
  clearAll,
  earned,
  finish,
  monday,
  passTo,
  populate,
  ranked,
  scoresOf,
  seal,
  week,
  type RankingsHarness,
} from './rankings-harness.ts';

const ada = userId('ada');
const bob = userId('bob');
const past = { board: week().board, period: week().period.key };

/** What is promised of sealing and of a whole reset. */
export const resetCases: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'finds the ended periods of a board whose reset is not finished, oldest first',
    check: async (create) => {
      const harness = await create();
      for (const weeksOn of [2, 0, 3, 1]) await award(harness, earned(ada, 5, weeksOn));
      await seal(harness, week(1));
      await finish(harness, week(1));
      const through = async (weeksOn: number, ms = 0): Promise<readonly object[]> => {
        const instant = addMs(week(weeksOn).period.endsAt, ms);
        const found = await harness.periodResets.unfinished(past.board, instant);
        return found.map(({ key, startsAt, endsAt }) => ({ key, startsAt, endsAt }));
      };
      deepEqual(await through(0, -1), []);
      deepEqual(await through(0), [week(0).period]);
      deepEqual(await through(2, -1), [week(0).period]);
      deepEqual(await through(50), [week(0).period, week(2).period, week(3).period]);
      deepEqual(await harness.periodResets.unfinished(boardOf('global'), addMs(monday, 1e12)), []);
    },
  },
  {
    name: 'seals a period once, also one without players, and stores the tick',
    check: async (create) => {
      const harness = await create();
      await award(harness, earned(ada, 5));
      for (const at of [week(), week(1)]) {
        equal(await seal(harness, at), true);
        const { key, startsAt, endsAt } = at.period;
        const record: PeriodRecord = {
          key,
          startsAt,
          endsAt,
          sealedAt: endsAt,
          players: null,
          resetAt: null,
        };
        deepEqual(await harness.periods.find(at.board, key), record);
        const again = harness.transactions.run((tx) => harness.periodResets.seal(tx, at, addMs(endsAt, 99)));
        equal(await again, false);
        deepEqual(await harness.periods.find(at.board, key), record);
      }
      equal((await scoresOf(harness, week()))[0]?.score, 5);
    },
  },
  {
    name: 'returns the progress of an unfinished reset, and omits it when it is finished',
    check: async (create) => {
      const harness = await create();
      const { periodResets, periods } = harness;
      await award(harness, earned(ada, 5));
      const { period } = week();
      const sealed = { ...period, sealedAt: period.endsAt, players: null };
      const unfinished = (): Promise<readonly object[]> =>
        periodResets.unfinished(past.board, addMs(monday, 1e12));
      deepEqual(await unfinished(), [{ ...period, sealedAt: null, players: null }]);
      await seal(harness, week());
      deepEqual(await unfinished(), [sealed]);
      await archiveAll(harness, week(), 10);
      deepEqual(await unfinished(), [{ ...sealed, players: 1 }]);
      await clearAll(harness, week(), 10);
      await finish(harness, week());
      deepEqual(await unfinished(), []);
      const finished = { ...sealed, players: 1, resetAt: period.endsAt };
      deepEqual(await periods.find(past.board, past.period), finished);
      await harness.transactions.run((tx) => periodResets.finish(tx, week(), addMs(period.endsAt, 99)));
      deepEqual(await periods.find(past.board, past.period), finished);
    },
  },
  {
    name: 'law 8: never changes sealed standings: a late award counts on other boards and is reported as late',
    check: async (create) => {
      const harness = await create();
      await award(harness, earned(ada, 5));
      await award(harness, earned(bob, 3));
      await seal(harness, week());
      const steps = [
        async (): Promise<unknown> => archiveAll(harness, week(), 1),
        async (): Promise<unknown> => carryOverAll(harness, week(), week(1), 1),
        async (): Promise<unknown> => clearAll(harness, week(), 1),
      ];
      let total = 3;
      for (const [index, step] of [async () => {}, ...steps].entries()) {
        await step();
        const late = { ...earned(bob, 100), awardId: awardId(`late ${index}`) };
        const outcome = await award(harness, late);
        total += 100;
        deepEqual(
          outcome.late.map(({ board, period }) => ({ board: board.key, period: period.key })),
          [{ board: 'weekly', period: past.period }],
        );
        deepEqual(
          outcome.scores.map(({ board, score }) => ({ board: board.key, score: score.score })),
          ['global', 'monthly', 'daily-in-berlin'].map((board) => ({ board, score: total })),
        );
        equal((await award(harness, late)).counted, false);
        equal(await harness.awards.xpOf(bob), total);
        const open = await scoresOf(harness, week());
        deepEqual(
          open.map(({ score }) => score),
          index < 3 ? [5, 3] : [],
        );
      }
      deepEqual(
        (await archiveOf(harness, week())).map(({ score }) => score),
        [5, 3],
      );
    },
  },
  {
    name: 'law 7: reports an award for a period before a sealed one as late, whether or not that period was opened, and opens none',
    check: async (create) => {
      for (const isOpened of [true, false]) {
        const harness = await create();
        if (isOpened) await award(harness, earned(ada, 5));
        await award(harness, earned(ada, 7, 1));
        await seal(harness, week(1));
        const outcome = await award(harness, { ...earned(bob, 3), amount: 3 });
        deepEqual(
          outcome.late.filter(({ board }) => board.key === 'weekly').map(({ period }) => period),
          [week().period],
        );
        equal(await harness.awards.xpOf(bob), 3);
        deepEqual(
          (await scoresOf(harness, week())).map(({ userId: id, score }) => [id, score]),
          isOpened ? [[ada, 5]] : [],
        );
        equal((await harness.periods.find(past.board, past.period)) === null, !isOpened);
        // A period after the sealed one is opened as usual.
        deepEqual((await award(harness, earned(bob, 4, 2))).late, []);
      }
    },
  },
  {
    name: 'rolls back every step of a reset when its transaction fails',
    check: async (create) => {
      const harness = await create();
      const { periods, periodResets, rankings, transactions } = harness;
      await award(harness, earned(ada, 5));
      await passTo(harness, week().period.endsAt);
      const before = await periods.find(past.board, past.period);
      const failing = transactions.run(async (tx) => {
        const batch = { ...week(), after: null, limit: 10 };
        equal(await periodResets.seal(tx, week(), week().period.endsAt), true);
        equal((await periodResets.archive(tx, batch)).processed, 1);
        await periods.open(tx, past.board, week(1).period.startsAt);
        await periodResets.carryOver(tx, { ...batch, to: week(1).period });
        await periodResets.clear(tx, batch);
        deepEqual(await rankings.scores(week(), { limit: 10 }, tx), []);
        equal((await rankings.scores(week(1), { limit: 10 }, tx)).length, 1);
        await periodResets.finish(tx, week(), week().period.endsAt);
        deepEqual(await periodResets.unfinished(past.board, week().period.endsAt, tx), []);
        throw new Error('undo');
      });
      await rejects(failing, /undo/);
      deepEqual(await periods.find(past.board, past.period), before);
      deepEqual(await archiveOf(harness, week()), []);
      deepEqual(await scoresOf(harness, week(1)), []);
      equal((await scoresOf(harness, week())).length, 1);
      equal(await seal(harness, week()), true);
    },
  },
  {
    name: 'rejects a transaction of another store',
    check: async (create) => {
      const { periodResets } = await create();
      const batch = { ...week(), after: null, limit: 1 };
      await refuseForeignTransaction(
        (tx) => periodResets.unfinished(week().board, monday, tx),
        (tx) => periodResets.seal(tx, week(), monday),
        (tx) => periodResets.archive(tx, batch),
        (tx) => periodResets.carryOver(tx, { ...batch, to: week(1).period }),
        (tx) => periodResets.clear(tx, batch),
        (tx) => periodResets.finish(tx, week(), monday),
      );
    },
  },
];

/** What an archive promises. */
export const archiveCases: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'law 8: does not change an archive when one of its batches is called late, after the clearing',
    check: async (create) => {
      const harness = await create();
      await award(harness, earned(ada, 5));
      await award(harness, earned(bob, 3));
      await seal(harness, week());
      await archiveAll(harness, week(), 1);
      const archived = await archiveOf(harness, week());
      await clearAll(harness, week(), 10);
      await archiveAll(harness, week(), 10);
      deepEqual(await archiveOf(harness, week()), archived);
      equal((await harness.periods.find(past.board, past.period))?.players, 2);
    },
  },
  {
    name: 'law 5: archives final ranks in the order of the board, in batches of any size, only for players with a score',
    check: async (create, property) => {
      const scene = fc.tuple(scoresSince(monday), tieOrders(), fc.integer({ min: 1, max: 9 }));
      await fc.assert(
        fc.asyncProperty(scene, async ([scores, ties, limit]) => {
          const harness = await create();
          const at = week(0, ties);
          await populate(harness, at, scores);
          await seal(harness, at);
          const expected = ranked(scores, ties).filter(({ score }) => score > 0);
          const players = async (): Promise<number | null | undefined> =>
            (await harness.periods.find(at.board, past.period))?.players;
          const archived = await archiveAll(harness, at, limit, async () => equal(await players(), null));
          equal(archived, expected.length);
          equal(await players(), expected.length);
          deepEqual(await archiveOf(harness, at, limit), expected);
          for (const { userId: id } of scores) {
            const own = expected.find((one) => one.userId === id) ?? null;
            deepEqual(await harness.archive.find(past, id), own);
          }
        }),
        property,
      );
    },
  },
  {
    name: 'law 5: has each page and each player of a long archive, written in batches of any size',
    check: async (create) => {
      for (const limit of [70, 130, 1_000]) {
        const harness = await create();
        const scores = Array.from({ length: 260 }, (_, index) => ({
          userId: userId(`player ${index}`),
          score: 1 + ((index * 37) % 100),
          lastXpAt: addMs(monday, index),
        }));
        await populate(harness, week(), scores);
        await seal(harness, week());
        equal(await archiveAll(harness, week(), limit), scores.length);
        const expected = ranked(scores, week().board.tieBreak);
        for (const afterRank of [0, 1, 69, 99, 100, 101, 199, 259, 260, 1_000]) {
          for (const size of [1, 30, 500]) {
            const page = await harness.archive.list(past, { afterRank, limit: size });
            deepEqual(page, expected.slice(afterRank, afterRank + size));
          }
        }
        for (const standing of expected)
          deepEqual(await harness.archive.find(past, standing.userId), standing);
        equal(await harness.archive.find(past, userId('player 260')), null);
      }
    },
  },
  {
    name: 'law 8: keeps the names that players had when they were archived',
    check: async (create) => {
      const harness = await create();
      const rename = (username: string): Promise<boolean> =>
        harness.transactions.run((tx) =>
          harness.players.upsert(tx, { userId: ada, username, protections: 2 }),
        );
      await award(harness, earned(ada, 5));
      await rename('Ada');
      await seal(harness, week());
      await archiveAll(harness, week(), 10);
      await rename('Countess');
      equal((await harness.archive.find(past, ada))?.username, 'Ada');
      equal((await archiveOf(harness, week()))[0]?.username, 'Ada');
    },
  },
];
