import { awardId, later, userId, type PeriodRecord, type UserId, type XpAward } from '@gamekeeper/core';
import fc from 'fast-check';
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { scoresSince, tieOrders } from '../arbitraries/boards.ts';
import type { Sentence } from './contract.ts';
import {
  archiveAll,
  archiveOf,
  award,
  boardOf,
  carryOverAll,
  clearAll,
  monday,
  ordered,
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

/** What `unsealed`, `seal`, `archive`, `carryOver`, `clear` and the reads of what is over promise. */
export const resetCases: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'finds the periods of a board that are over and not sealed, oldest first',
    check: async (create) => {
      const harness = await create();
      for (const weeksOn of [2, 0, 3, 1]) await award(harness, earned(ada, 5, weeksOn));
      await seal(harness, week(1));
      const through = async (weeksOn: number, ms = 0): Promise<readonly object[]> => {
        const instant = later(week(weeksOn).period.endsAt, ms);
        const found = await harness.rankings.unsealed(past.board, instant);
        return found.map(({ key, startsAt, endsAt }) => ({ key, startsAt, endsAt }));
      };
      deepEqual(await through(0, -1), []);
      deepEqual(await through(0), [week(0).period]);
      deepEqual(await through(2, -1), [week(0).period]);
      deepEqual(await through(50), [week(0).period, week(2).period, week(3).period]);
      deepEqual(await harness.rankings.unsealed(boardOf('global'), later(monday, 1e12)), []);
    },
  },
  {
    name: 'seals a period once, also one that nobody has played in, and remembers the tick',
    check: async (create) => {
      const harness = await create();
      await award(harness, earned(ada, 5));
      for (const at of [week(), week(1)]) {
        equal(await seal(harness, at), true);
        const { key, startsAt, endsAt } = at.period;
        const record: PeriodRecord = { key, startsAt, endsAt, sealedAt: endsAt, players: null };
        deepEqual(await harness.rankings.period(at.board, key), record);
        const again = harness.transactions.run((tx) => harness.rankings.seal(tx, at, later(endsAt, 99)));
        equal(await again, false);
        deepEqual(await harness.rankings.period(at.board, key), record);
      }
      equal((await scoresOf(harness, week()))[0]?.score, 5);
      deepEqual(await harness.rankings.unsealed(past.board, later(monday, 1e12)), []);
    },
  },
  {
    name: 'law 8: never changes sealed standings: a late award counts for other boards and is told as late',
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
        equal(await harness.rankings.xpOf(bob), total);
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
    name: 'law 5: archives final ranks in the order of the board, in batches of any size, players with a score alone',
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
            (await harness.rankings.period(at.board, past.period))?.players;
          const archived = await archiveAll(harness, at, limit, async () => equal(await players(), null));
          equal(archived, expected.length);
          equal(await players(), expected.length);
          deepEqual(await archiveOf(harness, at, limit), expected);
          for (const { userId: id } of scores) {
            const own = expected.find((one) => one.userId === id) ?? null;
            deepEqual(await harness.rankings.archivedStanding(past, id), own);
          }
        }),
        property,
      );
    },
  },
  {
    name: 'keeps everybody on the board at 0 in the next period, and takes nothing from who has a score there',
    check: async (create, property) => {
      const next = week(1);
      const newScores = scoresSince(next.period.startsAt).map((all) =>
        all.filter((one) => one.lastXpAt !== null),
      );
      const scene = fc.tuple(scoresSince(monday), newScores, tieOrders(), fc.integer({ min: 1, max: 9 }));
      await fc.assert(
        fc.asyncProperty(scene, async ([scores, others, ties, limit]) => {
          const harness = await create();
          const [from, to] = [week(0, ties), week(1, ties)];
          await populate(harness, from, scores);
          // Every other player of the old week has played in the new one already.
          const played = [
            ...scores
              .filter((_, index) => index % 2 === 0)
              .map((one) => ({ ...one, lastXpAt: to.period.startsAt })),
            ...others.filter(({ userId: id }) => scores.every((one) => one.userId !== id)),
          ];
          for (const { userId: id, score, lastXpAt } of played)
            await award(
              harness,
              { awardId: awardId(`new: ${id}`), userId: id, amount: score, earnedAt: lastXpAt! },
              [to],
            );
          await seal(harness, from);
          await carryOverAll(harness, from, to, limit);
          const idle = scores.filter(({ userId: id }) => played.every((one) => one.userId !== id));
          const carried = idle.map(({ userId: id }) => ({ userId: id, score: 0, lastXpAt: null }));
          deepEqual(await scoresOf(harness, to), ordered([...played, ...carried], ties));
          await carryOverAll(harness, from, to, limit);
          deepEqual(await scoresOf(harness, to), ordered([...played, ...carried], ties));
          deepEqual(await scoresOf(harness, from), ordered(scores, ties));
        }),
        property,
      );
    },
  },
  {
    name: 'counts XP on top of a player who was carried over',
    check: async (create) => {
      const harness = await create();
      await award(harness, earned(ada, 5));
      await seal(harness, week());
      await carryOverAll(harness, week(), week(1), 10);
      const zero = { userId: ada, username: 'ada', score: 0, lastXpAt: null };
      deepEqual(await scoresOf(harness, week(1)), [zero]);
      await award(harness, earned(ada, 7, 1));
      const { earnedAt } = earned(ada, 7, 1);
      deepEqual(await scoresOf(harness, week(1)), [{ ...zero, score: 7, lastXpAt: earnedAt }]);
    },
  },
  {
    name: 'clears the scores of a sealed period, and nothing else',
    check: async (create) => {
      const harness = await create();
      for (let index = 0; index < 25; index += 1) {
        await award(harness, earned(userId(`p${index}`), index));
        await award(harness, earned(userId(`p${index}`), 1, 1));
      }
      await seal(harness, week());
      await archiveAll(harness, week(), 100);
      const archive = await archiveOf(harness, week());
      equal(await clearAll(harness, week(), 4), 25);
      deepEqual(await scoresOf(harness, week()), []);
      equal((await scoresOf(harness, week(1))).length, 25);
      equal(archive.length, 24);
      deepEqual(await archiveOf(harness, week()), archive);
      equal(await harness.rankings.xpOf(userId('p7')), 8);
    },
  },
  {
    name: 'law 8: keeps the names that players had when they were archived',
    check: async (create) => {
      const harness = await create();
      const rename = (username: string): Promise<void> =>
        harness.transactions.run((tx) =>
          harness.players.introduce(tx, { userId: ada, username, protections: 2 }),
        );
      await award(harness, earned(ada, 5));
      await rename('Ada');
      await seal(harness, week());
      await archiveAll(harness, week(), 10);
      await rename('Countess');
      equal((await harness.rankings.archivedStanding(past, ada))?.username, 'Ada');
      equal((await archiveOf(harness, week()))[0]?.username, 'Ada');
    },
  },
  {
    name: 'lists the periods of a board, newest first, before any of them',
    check: async (create) => {
      const harness = await create();
      // From November to February: the year changes.
      for (const weeksOn of [5, 0, 9, 1, 12]) await award(harness, earned(ada, 1, weeksOn));
      await seal(harness, week(0));
      await archiveAll(harness, week(0), 10);
      const keys = [12, 9, 5, 1, 0].map((weeksOn) => week(weeksOn).period.key);
      const list = async (page: { readonly before?: string; readonly limit: number }) =>
        (await harness.rankings.periods(past.board, page)).map(({ key }) => key);
      deepEqual(await list({ limit: 10 }), keys);
      deepEqual(await list({ limit: 2 }), keys.slice(0, 2));
      deepEqual(await list({ limit: 2, before: keys[1]! }), keys.slice(2, 4));
      deepEqual(await list({ limit: 2, before: keys[4]! }), []);
      const oldest = (await harness.rankings.periods(past.board, { limit: 10 })).at(-1);
      deepEqual(oldest, { ...week(0).period, sealedAt: week(0).period.endsAt, players: 1 });
    },
  },
  {
    name: 'undoes every step of a reset when its transaction fails',
    check: async (create) => {
      const harness = await create();
      const { rankings, transactions } = harness;
      await award(harness, earned(ada, 5));
      const before = await rankings.period(past.board, past.period);
      const failing = transactions.run(async (tx) => {
        const batch = { ...week(), after: null, limit: 10 };
        equal(await rankings.seal(tx, week(), week().period.endsAt), true);
        equal((await rankings.archive(tx, batch)).processed, 1);
        await rankings.carryOver(tx, { ...batch, to: week(1).period });
        await rankings.clear(tx, batch);
        deepEqual(await rankings.scores(week(), { limit: 10 }, tx), []);
        equal((await rankings.scores(week(1), { limit: 10 }, tx)).length, 1);
        deepEqual(await rankings.unsealed(past.board, week().period.endsAt, tx), []);
        throw new Error('undo');
      });
      await rejects(failing, /undo/);
      deepEqual(await rankings.period(past.board, past.period), before);
      deepEqual(await archiveOf(harness, week()), []);
      deepEqual(await scoresOf(harness, week(1)), []);
      equal((await scoresOf(harness, week())).length, 1);
      equal(await seal(harness, week()), true);
    },
  },
];

/** XP that a player earned early in some week. */
function earned(id: UserId, amount: number, weeksOn = 0): XpAward {
  const earnedAt = later(week(weeksOn).period.startsAt, 3_600_000);
  return { awardId: awardId(`${id} in week ${weeksOn}`), userId: id, amount, earnedAt };
}
