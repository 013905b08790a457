import { userId } from '@gamekeeper/core';
import fc from 'fast-check';
import { deepEqual, equal } from '../assertions.ts';
import { scoresSince, tieOrders } from '../../arbitraries/boards.ts';
import type { Sentence } from '../contract.ts';
import { meanwhile } from '../meanwhile.ts';
import {
  allScoresOf,
  archiveAll,
  archiveOf,
  award,
  awardAll,
  awardOf,
  carryOverAll,
  clearAll,
  earned,
  monday,
  ordered,
  populate,
  scoresOf,
  seal,
  week,
  type RankingsHarness,
} from './rankings-harness.ts';

const ada = userId('ada');

/** Gives {@link ada} another name. */
function renameTo({ transactions, players }: RankingsHarness, username: string): Promise<boolean> {
  return transactions.run((tx) => players.upsert(tx, { userId: ada, username, protections: 2 }));
}

/** What is promised of the steps after a period is sealed. */
export const nextPeriodCases: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'keeps every player on the board at 0 in the next period, and changes no existing score there',
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
          // Every other player of the old week has already played in the new one.
          const played = [
            ...scores
              .filter(({ score }, index) => index % 2 === 0 && score > 0)
              .map((one) => ({ ...one, lastXpAt: to.period.startsAt })),
            ...others.filter(({ userId: id }) => scores.every((one) => one.userId !== id)),
          ];
          const awards = played.map((one) => awardOf(one, 'new'));
          await awardAll(harness, awards, [to.board]);
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
    name: 'adds XP to a player who was carried over',
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
    name: 'carries players over with their current names, whenever they are renamed',
    check: async (create) => {
      for (const when of ['before the seal', 'after the seal', 'after a batch', 'at the end'] as const) {
        const harness = await create();
        const rename = (): Promise<boolean> => renameTo(harness, 'Countess');
        for (const id of [ada, userId('bob')]) await award(harness, earned(id, 5));
        if (when === 'before the seal') await rename();
        await seal(harness, week());
        if (when === 'after the seal') await rename();
        let batches = 0;
        const between = async (): Promise<void> => {
          batches += 1;
          if (batches === 1 && when === 'after a batch') await rename();
        };
        await carryOverAll(harness, week(), week(1), 1, between);
        // A store may carry all of them over in one batch.
        if (when === 'at the end' || (when === 'after a batch' && batches === 0)) await rename();
        const shown = await allScoresOf(harness, week(1));
        deepEqual(
          shown.map(({ userId: id, username }) => [id, username]),
          [
            ['ada', 'Countess'],
            ['bob', 'bob'],
          ],
        );
      }
    },
  },
  {
    name: 'shows the newest name of a player who is renamed while being carried over',
    needs: 'concurrent',
    check: async (create) => {
      for (const first of ['renamed', 'carried over'] as const) {
        const harness = await create();
        await award(harness, earned(ada, 5));
        await seal(harness, week());
        const carry = (): Promise<number> => carryOverAll(harness, week(), week(1), 10);
        if (first === 'renamed') {
          const player = { userId: ada, username: 'Countess', protections: 2 };
          await meanwhile(harness.transactions, (tx) => harness.players.upsert(tx, player), carry);
        } else {
          const batch = { ...week(), to: week(1).period, after: null, limit: 10 };
          const { board, period } = week(1);
          await harness.transactions.run((tx) => harness.periods.open(tx, board, period.startsAt));
          await meanwhile(
            harness.transactions,
            (tx) => harness.periodResets.carryOver(tx, batch),
            () => renameTo(harness, 'Countess'),
          );
        }
        equal((await allScoresOf(harness, week(1)))[0]?.username, 'Countess');
      }
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
      equal(await harness.awards.xpOf(userId('p7')), 8);
    },
  },
];

/** What is promised about listing periods. */
export const periodPageCases: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'lists the periods of a board, newest first, before any given one',
    check: async (create) => {
      const harness = await create();
      // From November to February, so the year changes.
      for (const weeksOn of [5, 0, 9, 1, 12]) await award(harness, earned(ada, 1, weeksOn));
      await seal(harness, week(0));
      await archiveAll(harness, week(0), 10);
      const keys = [12, 9, 5, 1, 0].map((weeksOn) => week(weeksOn).period.key);
      const list = async (page: { readonly before?: string; readonly limit: number }) =>
        (await harness.periods.list(week().board, page)).map(({ key }) => key);
      deepEqual(await list({ limit: 10 }), keys);
      deepEqual(await list({ limit: 2 }), keys.slice(0, 2));
      deepEqual(await list({ limit: 2, before: keys[1]! }), keys.slice(2, 4));
      deepEqual(await list({ limit: 2, before: keys[4]! }), []);
      const oldest = (await harness.periods.list(week().board, { limit: 10 })).at(-1);
      deepEqual(oldest, { ...week(0).period, sealedAt: week(0).period.endsAt, players: 1, resetAt: null });
    },
  },
];
