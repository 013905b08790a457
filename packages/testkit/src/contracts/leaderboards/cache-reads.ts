import { awardId, addMs, userId, type Standing, type UserId } from '@gamekeeper/core';
import { type BoardPeriod, type Score } from '@gamekeeper/core/ports';
import { compareScores } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal } from '../assertions.ts';
import { scoresSince, tieOrders } from '../../arbitraries/boards.ts';
import {
  NO_DRIFT,
  makeEqual,
  populateAndShow,
  readsAs,
  show,
  takeUp,
  unlessRefused,
  type CacheHarness,
} from './cache-harness.ts';
import type { Sentence } from '../contract.ts';
import { award, awardOf, boardOf, monday, populate, ranked, week } from './rankings-harness.ts';

const ada = userId('ada');
const bob = userId('bob');
const allTime = { board: boardOf('global'), period: { key: 'all', startsAt: null, endsAt: null } };
const sizes = fc.integer({ min: 1, max: 7 });

/** What can be read of a board, whether the cache is a copy or reads the store itself. */
export const cacheReads: readonly Sentence<CacheHarness>[] = [
  {
    name: 'returns nothing for a board without players, nor for a player who is not on the board',
    check: async (create) => {
      const harness = await create();
      const { cache } = harness;
      const place = { userId: ada, score: 5, lastXpAt: monday };
      const withoutAda = async (at: BoardPeriod): Promise<void> => {
        equal(await cache.standing(at, ada), null);
        deepEqual(await cache.around(at, ada, { before: 5, after: 5 }), []);
      };
      for (const at of [week(), allTime]) {
        deepEqual(await unlessRefused(cache.top(at, { limit: 10 }), []), []);
        await takeUp(harness, at);
        await withoutAda(at);
        deepEqual(await cache.top(at, { limit: 10 }), []);
        deepEqual(await cache.top(at, { limit: 10, after: place }), []);
        equal(await cache.size(at), 0);
      }
      await populateAndShow(harness, week(), [{ ...place, userId: bob }]);
      await withoutAda(week());
    },
  },
  {
    name: 'returns no players for a limit of 0',
    check: async (create) => {
      const harness = await create();
      const place = { userId: ada, score: 5, lastXpAt: monday };
      await populateAndShow(harness, week(), [place, { ...place, userId: bob }]);
      deepEqual(await harness.cache.top(week(), { limit: 0 }), []);
      deepEqual(await harness.cache.top(week(), { limit: 0, after: place }), []);
    },
  },
  {
    name: 'law 5: shows awards recorded one by one in the order of the board, in pages of any size',
    check: async (create, property) => {
      await fc.assert(
        fc.asyncProperty(scoresSince(monday), tieOrders(), sizes, async (scores, ties, limit) => {
          const harness = await create();
          await populateAndShow(harness, week(0, ties), scores);
          await readsAs(harness, week(0, ties), ranked(scores, ties), limit);
        }),
        property,
      );
    },
  },
  {
    name: 'law 5: equals the store after reconciling, and from then on',
    check: async (create, property) => {
      await fc.assert(
        fc.asyncProperty(scoresSince(monday), tieOrders(), fc.boolean(), async (scores, ties, full) => {
          const harness = await create();
          const at = week(0, ties);
          await populate(harness, at, scores);
          await makeEqual(harness, at, { full });
          await readsAs(harness, at, ranked(scores, ties));
          deepEqual(await makeEqual(harness, at), NO_DRIFT);
          deepEqual(await makeEqual(harness, at, { full: true }), NO_DRIFT);
          await readsAs(harness, at, ranked(scores, ties));
        }),
        property,
      );
    },
  },
  {
    name: 'begins a page after any position, also one that no player holds',
    check: async (create, property) => {
      const places = scoresSince(monday, { minLength: 1, maxLength: 1 });
      const scene = fc.tuple(scoresSince(monday), places, tieOrders(), sizes);
      await fc.assert(
        fc.asyncProperty(scene, async ([scores, [place], ties, limit]) => {
          const harness = await create();
          await populateAndShow(harness, week(0, ties), scores);
          const beyond = ranked(scores, ties).filter((one) => compareScores(one, place!, ties) > 0);
          const page = await harness.cache.top(week(0, ties), { after: place!, limit });
          deepEqual(page, beyond.slice(0, limit));
        }),
        property,
      );
    },
  },
  {
    name: 'shows a player with the requested number of neighbours, and fewer at the ends of the board',
    check: async (create, property) => {
      const scene = fc.tuple(scoresSince(monday, { maxLength: 12 }), tieOrders(), fc.nat(4), fc.nat(4));
      await fc.assert(
        fc.asyncProperty(scene, async ([scores, ties, before, after]) => {
          const harness = await create();
          await populateAndShow(harness, week(0, ties), scores);
          const expected = ranked(scores, ties);
          for (const { rank, userId: id } of expected) {
            const neighbours = await harness.cache.around(week(0, ties), id, { before, after });
            deepEqual(neighbours, expected.slice(Math.max(0, rank - 1 - before), rank + after));
          }
        }),
        property,
      );
    },
  },
  {
    name: 'keeps boards and periods separate',
    check: async (create) => {
      const harness = await create();
      const boards = [week(0), week(1), allTime];
      await takeUp(harness, ...boards);
      const scoreOn = ({ period }: BoardPeriod, index: number): Score => {
        return { userId: ada, score: 10 + index, lastXpAt: addMs(period.startsAt ?? monday, index) };
      };
      for (const [index, at] of boards.entries()) {
        await show(harness, await award(harness, awardOf(scoreOn(at, index), `board ${index}`), [at.board]));
      }
      for (const [index, at] of boards.entries()) {
        await readsAs(harness, at, ranked([scoreOn(at, index)], 'latest'));
      }
    },
  },
  {
    name: 'shows the names of players, after an award their current one',
    check: async (create) => {
      const harness = await create();
      const rename = (id: UserId, username: string): Promise<boolean> =>
        harness.transactions.run((tx) =>
          harness.players.upsert(tx, { userId: id, username, protections: 2 }),
        );
      await takeUp(harness, week());
      await takeUp(harness, week());
      for (const [index, names] of [
        ["O'Neill", 'Zoë'],
        ['李雷', '"; --'],
      ].entries()) {
        for (const [place, id] of [ada, bob].entries()) {
          await rename(id, names[place]!);
          const score = { userId: id, score: 10 - place, lastXpAt: addMs(monday, index) };
          await show(harness, await award(harness, awardOf(score, names[place]), [week().board]));
        }
        const shown = await harness.cache.top(week(), { limit: 10 });
        deepEqual(
          shown.map(({ username }) => username),
          names,
        );
        equal((await harness.cache.standing(week(), bob))?.username, names[1]);
        const neighbours = await harness.cache.around(week(), bob, { before: 1, after: 1 });
        deepEqual(neighbours, shown);
      }
    },
  },
  {
    name: 'law 5: does not change ranks for an award of 0, with either order of ties',
    check: async (create) => {
      for (const ties of ['latest', 'earliest'] as const) {
        const harness = await create();
        const at = week(0, ties);
        const scores = [ada, bob].map((id, index) => ({
          userId: id,
          score: 7,
          lastXpAt: addMs(monday, index),
        }));
        await takeUp(harness, at);
        for (const score of scores) await show(harness, await award(harness, awardOf(score), [at.board]));
        const zero = { score: 0, lastXpAt: addMs(monday, 50) };
        for (const id of [ada, bob, userId('newcomer')]) {
          await show(harness, await award(harness, awardOf({ ...zero, userId: id }, 'nothing'), [at.board]));
        }
        const newcomer = { userId: userId('newcomer'), score: 0, lastXpAt: null };
        await readsAs(harness, at, ranked([...scores, newcomer], ties));
        deepEqual(await makeEqual(harness, at), NO_DRIFT);
      }
    },
  },
  {
    name: 'shows a new name as soon as it is recorded, on the boards that already have the player and on no other',
    check: async (create) => {
      const harness = await create();
      const { cache } = harness;
      await takeUp(harness, week(0), week(1));
      const scores = [ada, bob].map((id, index) => ({ userId: id, score: 7 - index, lastXpAt: monday }));
      for (const score of scores)
        await show(harness, await award(harness, awardOf(score, 'in the week'), [week().board]));
      for (const username of ['Zoë of the hill', 'a b  c', '7']) {
        await harness.transactions.run((tx) =>
          harness.players.upsert(tx, { userId: bob, username, protections: 2 }),
        );
        for (const at of [week(0), week(1)]) await cache.rename(at, { userId: bob, username });
        await readsAs(
          harness,
          week(0),
          ranked(scores, 'latest').map((one) => (one.userId === bob ? { ...one, username } : one)),
        );
        equal(await cache.size(week(1)), 0);
      }
      await cache.rename(week(2), { userId: bob, username: 'Bob' });
      deepEqual(await makeEqual(harness, week()), NO_DRIFT);
    },
  },
  {
    name: 'law 6: neither loses nor repeats a player whose score does not change, while others change between two pages',
    check: async (create, property) => {
      const moves = fc.array(fc.tuple(fc.nat(24), fc.constantFrom(1, 2, 1_000_000)), {
        maxLength: 16,
        size: 'max',
      });
      const crowd = scoresSince(monday, { minLength: 4, maxLength: 16 }).map((scores) =>
        scores.map((one) => ({
          ...one,
          score: 1 + (one.score % 1_000_000),
          lastXpAt: one.lastXpAt ?? monday,
        })),
      );
      const scene = fc.tuple(crowd, moves, tieOrders(), fc.integer({ min: 1, max: 4 }));
      await fc.assert(
        fc.asyncProperty(scene, async ([scores, moving, ties, limit]) => {
          const harness = await create();
          const at = week(0, ties);
          await populateAndShow(harness, at, scores);
          const now = new Map<UserId, Score>(scores.map((one) => [one.userId, one]));
          const seen: Standing[] = [];
          const rest = [...moving];
          for (let pages = 0; pages < 50; pages += 1) {
            const last = seen.at(-1);
            const page = await harness.cache.top(at, { limit, ...(last && { after: last }) });
            const beyond = ranked([...now.values()], ties).filter(
              (one) => last === undefined || compareScores(one, last, ties) > 0,
            );
            deepEqual(page, beyond.slice(0, limit));
            seen.push(...page);
            if (page.length < limit) break;
            for (const [index, amount] of rest.splice(0, 2)) await move(harness, at, now, { index, amount });
          }
          const still = scores.filter((one) => now.get(one.userId) === one);
          for (const { userId: id } of still) equal(seen.filter((one) => one.userId === id).length, 1);
        }),
        property,
      );
    },
  },
];

/** Awards XP to one of several players, a little later than all of their earlier XP. */
async function move(
  harness: CacheHarness,
  at: BoardPeriod,
  now: Map<UserId, Score>,
  { index, amount }: { readonly index: number; readonly amount: number },
): Promise<void> {
  const score = [...now.values()][index % now.size]!;
  const earnedAt = addMs(score.lastXpAt ?? monday, 1);
  const given = {
    awardId: awardId(`${score.userId} at ${earnedAt}`),
    userId: score.userId,
    amount,
    earnedAt,
  };
  await show(harness, await award(harness, given, [at.board]));
  now.set(score.userId, { ...score, score: score.score + amount, lastXpAt: earnedAt });
}
