import { awardId, addMs, userId, type XpAward } from '@gamekeeper/core';
import { type AwardOutcome, type NamedScore } from '@gamekeeper/core/ports';
import { compareScores, periodAt } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal, rejects } from '../assertions.ts';
import { points, scoresSince, tieOrders } from '../../arbitraries/boards.ts';
import { usernames } from '../../arbitraries/names.ts';
import { userIds } from '../../arbitraries/players.ts';
import type { Sentence } from '../contract.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';
import {
  allScoresOf,
  award,
  boardOf,
  boards,
  earned,
  filingsAt,
  monday,
  ordered,
  populate,
  scoresOf,
  week,
  type RankingsHarness,
} from './rankings-harness.ts';

const ada = userId('ada');
const given: XpAward = { awardId: awardId('quiz 1'), userId: ada, amount: 30, earnedAt: addMs(monday, 5) };

/** What a ranking repository promises about the order of ties. */
export const tieCases: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'knows in which order of ties the scores of a board are stored',
    check: async (create) => {
      for (const ties of ['latest', 'earliest'] as const) {
        const harness = await create();
        const { board } = week(0, ties);
        equal(await harness.rankings.tieBreakOf(board), null);
        await award(harness, { ...given, amount: 0 }, [board]);
        equal(await harness.rankings.tieBreakOf(board), null);
        await award(harness, { ...given, awardId: awardId('quiz 2') }, [board]);
        equal(await harness.rankings.tieBreakOf(board), ties);
        equal(await harness.rankings.tieBreakOf(boardOf('monthly')), null);
      }
    },
  },
];

/** What an award repository promises. */
export const awardCases: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'has no XP, scores or periods initially',
    check: async (create) => {
      const { awards, rankings, periods, archive } = await create();
      equal(await awards.xpOf(ada), 0);
      for (const at of filingsAt(monday)) {
        deepEqual(await rankings.scores(at, { limit: 10 }), []);
        equal(await periods.find(at.board, at.period.key), null);
        deepEqual(await periods.list(at.board, { limit: 10 }), []);
        const past = { board: at.board, period: at.period.key };
        deepEqual(await archive.list(past, { limit: 10 }), []);
        equal(await archive.find(past, ada), null);
      }
    },
  },
  {
    name: 'law 7: counts an award in the period of each board in which it was earned, and returns the new scores',
    check: async (create) => {
      const harness = await create();
      const score = { userId: ada, username: 'ada', score: 30, lastXpAt: given.earnedAt };
      deepEqual(told(await award(harness, given)), {
        counted: true,
        scores: filingsAt(monday).map(({ board, period }) => ({
          board: board.key,
          period: period.key,
          score,
        })),
        late: [],
      });
      equal(await harness.awards.xpOf(ada), 30);
      for (const at of filingsAt(monday)) {
        deepEqual(await harness.rankings.scores(at, { limit: 10 }), [score]);
        const { key, startsAt, endsAt } = at.period;
        const record = { key, startsAt, endsAt, sealedAt: null, players: null, resetAt: null };
        deepEqual(await harness.periods.find(at.board, key), record);
      }
      deepEqual(await harness.rankings.scores(week(1), { limit: 10 }), []);
    },
  },
  {
    name: 'counts only on the given boards',
    check: async (create) => {
      const harness = await create();
      await award(harness, given, [week().board]);
      equal((await scoresOf(harness, week())).length, 1);
      deepEqual(await harness.periods.list(boardOf('global'), { limit: 10 }), []);
      equal(await harness.awards.xpOf(ada), 30);
    },
  },
  {
    name: 'counts an award id once, whatever else a repeated call contains',
    check: async (create) => {
      const harness = await create();
      await award(harness, given);
      const again = [
        given,
        { ...given, amount: 5 },
        { ...given, userId: userId('bob') },
        { ...given, earnedAt: addMs(monday, 7 * 24 * 3_600_000) },
      ];
      for (const repeated of again)
        deepEqual(await award(harness, repeated), { counted: false, scores: [], late: [] });
      await harness.transactions.run(async (tx) => {
        const other = { ...given, awardId: awardId('quiz 2') };
        equal((await harness.awards.record(tx, other, [week().board])).counted, true);
        equal((await harness.awards.record(tx, other, [week().board])).counted, false);
      });
      equal(await harness.awards.xpOf(ada), 60);
      equal(await harness.awards.xpOf(userId('bob')), 0);
      deepEqual(await scoresOf(harness, week(1)), []);
    },
  },
  {
    name: 'keeps the latest instant of XP, in whatever order awards arrive',
    check: async (create) => {
      const harness = await create();
      for (const [index, ms] of [5, 9, 7].entries()) {
        const next = { ...given, awardId: awardId(`quiz ${index}`), earnedAt: addMs(monday, ms) };
        const { scores } = await award(harness, next);
        const lastXpAt = addMs(monday, Math.max(5, index > 0 ? 9 : 0));
        for (const { score } of scores)
          deepEqual(score, { userId: ada, username: 'ada', score: 30 * (index + 1), lastXpAt });
      }
    },
  },
  {
    name: 'law 5: changes no ranks for an award of 0, with either order of ties, and adds a new player without a time',
    check: async (create) => {
      const harness = await create();
      // The latest wins a tie on one of them, the earliest on the other.
      const both = ['weekly', 'monthly'].map((key) => ({
        board: boardOf(key),
        period: periodAt(boardOf(key), monday),
      }));
      const send = (id: string, amount: number, ms: number): Promise<AwardOutcome> => {
        const earnedAt = addMs(monday, ms);
        return award(
          harness,
          { awardId: awardId(`${id} ${ms}`), userId: userId(id), amount, earnedAt },
          both.map(({ board }) => board),
        );
      };
      const shown = (): Promise<readonly (readonly NamedScore[])[]> =>
        Promise.all(both.map((at) => scoresOf(harness, at)));
      await send('early', 30, 1);
      await send('late', 30, 2);
      const before = await shown();
      for (const id of ['early', 'late']) {
        const { scores } = await send(id, 0, 9);
        for (const [index, { score }] of scores.entries())
          deepEqual(
            score,
            before[index]!.find((one) => one.userId === id),
          );
      }
      deepEqual(await shown(), before);

      await send('newcomer', 0, 20);
      await send('second', 0, 10);
      const nothing = ['newcomer', 'second'].map((id) => ({
        userId: id,
        username: id,
        score: 0,
        lastXpAt: null,
      }));
      deepEqual(
        await shown(),
        before.map((scores) => [...scores, ...nothing]),
      );
      await send('second', 1, 11);
      const third = { ...nothing[1], score: 1, lastXpAt: addMs(monday, 11) };
      for (const scores of await shown()) deepEqual(scores[2], third);
    },
  },
  {
    name: 'returns any id and any name, the latest of a player',
    check: async (create, property) => {
      const scene = fc.tuple(userIds(), userIds().map(awardId), usernames(), points());
      await fc.assert(
        fc.asyncProperty(scene, async ([id, awarded, username, amount]) => {
          const harness = await create();
          const outcome = await award(harness, { ...given, awardId: awarded, userId: id, amount });
          const score = { userId: id, score: amount, lastXpAt: amount > 0 ? given.earnedAt : null };
          for (const one of outcome.scores) deepEqual(one.score, { ...score, username: id });
          await harness.transactions.run((tx) =>
            harness.players.upsert(tx, { userId: id, username, protections: 2 }),
          );
          deepEqual(await scoresOf(harness, week()), [{ ...score, username }]);
          deepEqual(await allScoresOf(harness, week()), [{ ...score, username }]);
          equal((await award(harness, { ...given, awardId: awarded, userId: id, amount })).counted, false);
          equal(await harness.awards.xpOf(id), amount);
        }),
        property,
      );
    },
  },
  {
    name: 'sees its own awards inside a transaction, and discards them when it fails',
    check: async (create) => {
      const harness = await create();
      await award(harness, given);
      const failing = harness.transactions.run(async (tx) => {
        await harness.awards.record(tx, { ...given, awardId: awardId('undone') }, boards);
        equal(await harness.awards.xpOf(ada, tx), 60);
        equal((await harness.rankings.scores(week(), { limit: 1 }, tx))[0]?.score, 60);
        throw new Error('undo');
      });
      await rejects(failing, /undo/);
      equal(await harness.awards.xpOf(ada), 30);
      equal((await scoresOf(harness, week()))[0]?.score, 30);
      equal((await award(harness, { ...given, awardId: awardId('undone') })).counted, true);
    },
  },
  {
    name: 'rejects a transaction of another store',
    check: async (create) => {
      const { awards } = await create();
      await refuseForeignTransaction(
        (tx) => awards.record(tx, given, [week().board]),
        (tx) => awards.xpOf(ada, tx),
      );
    },
  },
];

/** What a ranking repository promises about reading scores. */
export const scoreCases: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'law 5: orders a board as compareScores does, in pages of any size, from any position',
    check: async (create, property) => {
      const places = scoresSince(monday, { maxLength: 1 });
      const scene = fc.tuple(scoresSince(monday), places, tieOrders(), fc.integer({ min: 1, max: 7 }));
      await fc.assert(
        fc.asyncProperty(scene, async ([scores, [place], ties, limit]) => {
          const harness = await create();
          await populate(harness, week(0, ties), scores);
          const expected = ordered(scores, ties);
          deepEqual(await scoresOf(harness, week(0, ties), limit), expected);
          deepEqual(await allScoresOf(harness, week(0, ties), limit), expected);
          if (!place) return;
          const page = { after: place, limit: 100 };
          deepEqual(
            await harness.rankings.scores(week(0, ties), page),
            expected.filter((score) => compareScores(score, place, ties) > 0),
          );
        }),
        property,
      );
    },
  },
  {
    name: 'reads all scores of several boards in one transaction, restarting any number of times',
    check: async (create) => {
      const harness = await create();
      await award(harness, given);
      await award(harness, earned(userId('bob'), 20));
      await award(harness, earned(ada, 5, 1));
      await harness.transactions.run(async (tx) => {
        const pages = await harness.rankings.allScores(tx, week());
        const next = await harness.rankings.allScores(tx, week(1));
        const [first] = await pages({ limit: 1 });
        deepEqual(
          (await next({ limit: 10 })).map(({ score }) => score),
          [5],
        );
        deepEqual(
          (await pages({ limit: 10 })).map(({ score }) => score),
          [30, 20],
        );
        deepEqual((await pages({ limit: 1 }))[0], first);
        deepEqual(
          (await pages({ limit: 1, after: first! })).map(({ score }) => score),
          [20],
        );
      });
      deepEqual(await allScoresOf(harness, week(2)), []);
    },
  },
  {
    name: 'rejects a transaction of another store',
    check: async (create) => {
      const { rankings } = await create();
      await refuseForeignTransaction(
        (tx) => rankings.scores(week(), { limit: 1 }, tx),
        async (tx) => (await rankings.allScores(tx, week()))({ limit: 1 }),
      );
    },
  },
];

/** Returns the outcome of an award with boards and periods replaced by their keys. */
export function told({ counted, scores, late }: AwardOutcome): object {
  return {
    counted,
    scores: scores.map(({ board, period, score }) => ({ board: board.key, period: period.key, score })),
    late: late.map(({ board, period }) => ({ board: board.key, period: period.key })),
  };
}
