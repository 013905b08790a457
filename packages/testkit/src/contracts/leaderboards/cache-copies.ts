import { instant, addMs, userId } from '@gamekeeper/core';
import { type NamedScore, type Score } from '@gamekeeper/core/ports';
import fc from 'fast-check';
import { deepEqual, equal } from '../assertions.ts';
import { scoresSince, tieOrders } from '../../arbitraries/boards.ts';
import {
  NO_DRIFT,
  readsAs,
  takeUp,
  topOf,
  truthOf,
  unlessRefused,
  type CacheHarness,
} from './cache-harness.ts';
import type { Sentence } from '../contract.ts';
import { boardOf, monday, ordered, ranked, week } from './rankings-harness.ts';

const needs = 'separate';
const allTime = { board: boardOf('global'), period: { key: 'all', startsAt: null, endsAt: null } };

/** How a member of the copy differs from the store. */
const fates = fc.constantFrom('right', 'right', 'missing', 'too-high', 'too-low', 'misplaced', 'renamed');

/** What holds for a cache that is a copy of the store. */
export const cacheCopies: readonly Sentence<CacheHarness>[] = [
  {
    name: 'ignores scores older than its own, in whatever order and however often they arrive',
    needs,
    check: async (create, property) => {
      const growth = fc.array(fc.tuple(fc.nat(2), fc.nat(3), fc.nat(2)), {
        minLength: 1,
        maxLength: 12,
        size: 'max',
      });
      const scene = growth.chain((grown) => {
        const writes = history(grown);
        const twice = fc.shuffledSubarray([...writes, ...writes], { minLength: 2 * writes.length });
        return fc.tuple(fc.constant(writes), twice, fc.boolean());
      });
      await fc.assert(
        fc.asyncProperty(scene, async ([writes, shuffled, atOnce]) => {
          const { cache } = await create();
          await takeUp({ cache }, week());
          if (atOnce) await Promise.all(shuffled.map((score) => cache.record(week(), score)));
          else for (const score of shuffled) await cache.record(week(), score);
          const newest = new Map(writes.map((score) => [score.userId, score]));
          await readsAs({ cache }, week(), ranked([...newest.values()], 'latest'));
        }),
        property,
      );
    },
  },
  {
    name: 'counts every member that differs from the store, repairs it, and then finds none',
    needs,
    check: async (create, property) => {
      const scene = fc.tuple(scoresSince(monday), fc.array(fates, { minLength: 25, maxLength: 25 }));
      const strangers = scoresSince(monday, { maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(
          scene,
          strangers,
          tieOrders(),
          fc.boolean(),
          async ([scores, fate], extra, ties, full) => {
            const { cache } = await create();
            const at = week(0, ties);
            await takeUp({ cache }, at);
            const unknown = extra.filter(({ userId: id }) => scores.every((one) => one.userId !== id));
            const copies = scores.map((score, index) => ({ score, copy: spoilt(score, fate[index]!) }));
            const old = new Set(
              scores.filter((_, index) => fate[index] === 'renamed').map((one) => one.userId),
            );
            for (const one of ordered([...unknown, ...copies.flatMap(({ copy }) => copy ?? [])], ties))
              await cache.record(at, old.has(one.userId) ? { ...one, username: 'an old name' } : one);
            const drift = await cache.reconcile(at, truthOf(at, ordered(scores, ties)), { full });
            const count = (disagree: (score: Score, copy: Score) => boolean): number =>
              copies.filter(({ score, copy }) => copy !== null && disagree(score, copy)).length;
            deepEqual(drift, {
              missing: copies.filter(({ copy }) => copy === null).length,
              extra: unknown.length,
              wrongScore: count((score, copy) => score.score !== copy.score),
              misplaced: count(
                (score, copy) => score.score === copy.score && score.lastXpAt !== copy.lastXpAt,
              ),
              renamed: old.size,
            });
            await readsAs({ cache }, at, ranked(scores, ties));
            for (const { userId: id } of unknown) equal(await cache.standing(at, id), null);
            deepEqual(await cache.reconcile(at, truthOf(at, ordered(scores, ties))), NO_DRIFT);
          },
        ),
        property,
      );
    },
  },
  {
    name: 'law 6: keeps an award recorded while the store is being read, of a known or new player',
    needs,
    check: async (create, property) => {
      const scene = fc.tuple(scoresSince(monday), fc.array(fc.nat(30), { maxLength: 6 }), fc.boolean());
      await fc.assert(
        fc.asyncProperty(scene, tieOrders(), async ([scores, lucky, full], ties) => {
          const { cache } = await create();
          const at = week(0, ties);
          const truth = truthOf(at, ordered(scores, ties));
          await cache.reconcile(at, truth);
          const landed = new Map<string, Score>();
          for (const index of lucky) {
            const before = scores[index] ?? { userId: userId(`newcomer ${index}`), score: 0, lastXpAt: null };
            const score = Math.min(before.score + 5, Number.MAX_SAFE_INTEGER);
            const lastXpAt = addMs(before.lastXpAt ?? monday, 5);
            landed.set(before.userId, { userId: before.userId, score, lastXpAt });
          }
          let pages = 0;
          await cache.reconcile(
            at,
            async (page) => {
              const read = await truth(page);
              // The store's older data also arrives once more, late: it must not undo what was recorded since.
              pages += 1;
              if (pages === 1) {
                for (const one of ordered([...landed.values()], ties)) await cache.record(at, one);
                for (const one of read.slice(0, 3)) await cache.record(at, one);
              }
              return read;
            },
            { full },
          );
          const others = scores.filter(({ userId: id }) => !landed.has(id));
          await readsAs({ cache }, at, ranked([...others, ...landed.values()], ties));
        }),
        property,
      );
    },
  },
  {
    name: 'finds no difference when known awards arrive again while the store is being read',
    needs,
    check: async (create) => {
      for (const full of [false, true]) {
        const { cache } = await create();
        const scores = ordered(crowd(12, 3), 'latest');
        const truth = truthOf(week(), scores);
        await cache.reconcile(week(), truth);
        const again = async (): Promise<void> => {
          for (const one of scores.filter(({ score }) => score > 0))
            await cache.record(week(), { ...one, score: one.score - 1 });
        };
        const drift = await cache.reconcile(
          week(),
          async (page) => {
            await again();
            return truth(page);
          },
          { full },
        );
        deepEqual(drift, NO_DRIFT);
        await readsAs({ cache }, week(), ranked(scores, 'latest'));
      }
    },
  },
  {
    name: 'law 6: shows the complete old board until the new one is complete',
    needs,
    check: async (create) => {
      for (const full of [false, true]) {
        const { cache } = await create();
        const before = ordered(crowd(60, 1), 'latest');
        const after = ordered([...crowd(90, 2).slice(30), ...crowd(10, 1)], 'latest');
        await cache.reconcile(week(), truthOf(week(), before));
        const boards = [ranked(before, 'latest'), ranked(after, 'latest')];
        const truth = truthOf(week(), after);
        const state = { done: false };
        const rebuild = cache
          .reconcile(
            week(),
            async (page) => {
              deepEqual(await topOf({ cache }, week()), boards[0]);
              equal(await cache.size(week()), before.length);
              return truth(page);
            },
            { full },
          )
          .finally(() => {
            state.done = true;
          });
        const watch = async (): Promise<void> => {
          while (!state.done) {
            const seen = await cache.top(week(), { limit: 1_000 });
            deepEqual(seen, boards[seen.length === before.length ? 0 : 1]);
          }
        };
        await Promise.all([rebuild, watch(), watch()]);
        await readsAs({ cache }, week(), boards[1]!);
      }
    },
  },
  {
    name: 'reconciles boards of many pages',
    needs,
    check: async (create) => {
      const { cache } = await create();
      const scores = ordered(crowd(2_500, 7), 'latest');
      const truth = truthOf(week(), scores);
      deepEqual(await cache.reconcile(week(), truth), { ...NO_DRIFT, missing: 2_500 });
      deepEqual(await topOf({ cache }, week(), 999), ranked(scores, 'latest'));
      deepEqual(await cache.reconcile(week(), truth), NO_DRIFT);
      const fewer = scores.filter((_, index) => index % 5 !== 0);
      deepEqual(await cache.reconcile(week(), truthOf(week(), fewer)), { ...NO_DRIFT, extra: 500 });
      deepEqual(await topOf({ cache }, week(), 1_000), ranked(fewer, 'latest'));
    },
  },
  {
    name: 'counts players with an old name, and renames them',
    needs,
    check: async (create) => {
      for (const full of [false, true]) {
        for (const count of [1, 40, 600]) {
          const { cache } = await create();
          const before = ordered(crowd(700, 3), 'latest');
          const after = before.map((one, index) =>
            index < count ? { ...one, username: `new ${one.username}` } : one,
          );
          await cache.reconcile(week(), truthOf(week(), before));
          const drift = await cache.reconcile(week(), truthOf(week(), after), { full });
          deepEqual(drift, { ...NO_DRIFT, renamed: count });
          deepEqual(
            await topOf({ cache }, week()),
            after.map((one, index) => ({ ...one, rank: index + 1 })),
          );
          deepEqual(await cache.reconcile(week(), truthOf(week(), after)), NO_DRIFT);
        }
      }
    },
  },
  {
    name: 'keeps a new name recorded while the store is being read with the old one, and everyone’s rank',
    needs,
    check: async (create) => {
      for (const full of [false, true]) {
        for (const among of ['those who agree', 'those who differ']) {
          const { cache } = await create();
          const scores = ordered(crowd(30, 3), 'latest');
          const truth = truthOf(week(), scores);
          await cache.reconcile(week(), truth);
          const one = scores[4]!;
          if (among === 'those who differ')
            await cache.reconcile(week(), truthOf(week(), scores.slice(0, -1)));
          let pages = 0;
          await cache.reconcile(
            week(),
            async (page) => {
              const read = await truth(page);
              pages += 1;
              if (pages === 1) await cache.rename(week(), { userId: one.userId, username: 'New' });
              return read;
            },
            { full },
          );
          const renamed = scores.map((score) => (score === one ? { ...one, username: 'New' } : score));
          deepEqual(
            await topOf({ cache }, week()),
            renamed.map((score, index) => ({ ...score, rank: index + 1 })),
          );
          deepEqual(await cache.reconcile(week(), truthOf(week(), renamed)), NO_DRIFT);
        }
      }
    },
  },
  {
    name: 'empties a board without players',
    needs,
    check: async (create) => {
      const { cache } = await create();
      await cache.reconcile(week(), truthOf(week(), ordered(crowd(12, 3), 'latest')));
      deepEqual(await cache.reconcile(week(), truthOf(week(), [])), { ...NO_DRIFT, extra: 12 });
      await readsAs({ cache }, week(), []);
    },
  },
  {
    name: 'removes a dropped period, and no other, until it is reconciled',
    needs,
    check: async (create) => {
      const { cache } = await create();
      const scores = ordered(crowd(12, 3), 'latest');
      await takeUp({ cache }, week(0), week(1), allTime);
      for (const at of [week(0), week(1), allTime]) for (const score of scores) await cache.record(at, score);
      await cache.drop(week(0));
      await cache.drop(week(2));
      const id = scores[0]!.userId;
      deepEqual(await unlessRefused(cache.top(week(0), { limit: 10 }), []), []);
      equal(await unlessRefused(cache.size(week(0)), 0), 0);
      equal(await unlessRefused(cache.standing(week(0), id), null), null);
      deepEqual(await unlessRefused(cache.around(week(0), id, { before: 1, after: 1 }), []), []);
      for (const at of [week(1), allTime]) await readsAs({ cache }, at, ranked(scores, 'latest'));
      const drift = await cache.reconcile(week(0), truthOf(week(0), scores));
      deepEqual(drift, { ...NO_DRIFT, missing: 12 });
      await readsAs({ cache }, week(0), ranked(scores, 'latest'));
    },
  },
];

/** The writes of a few players whose scores grow: which player, by how much, how much later. */
function history(
  grown: readonly (readonly [player: number, amount: number, ms: number])[],
): readonly NamedScore[] {
  const latest = new Map<number, NamedScore>();
  return grown.map(([player, amount, ms]) => {
    const id = userId(`p${player}`);
    const before = latest.get(player) ?? { userId: id, username: id, score: 0, lastXpAt: monday };
    const lastXpAt = addMs(before.lastXpAt ?? monday, ms);
    const after = { ...before, score: before.score + amount, lastXpAt };
    latest.set(player, after);
    return after;
  });
}

/** Returns the copy's version of a score, with this difference. */
function spoilt(score: Score, fate: string): Score | null {
  switch (fate) {
    case 'missing':
      return null;
    case 'too-high':
      return { ...score, score: Math.min(score.score + 1, Number.MAX_SAFE_INTEGER) };
    case 'too-low':
      return { ...score, score: Math.max(score.score - 1, 0) };
    case 'misplaced':
      return { ...score, lastXpAt: instant((score.lastXpAt ?? monday) + 7) };
    default:
      return score;
  }
}

/** Returns this many players; some scores repeat. */
function crowd(count: number, seed: number): readonly Score[] {
  return Array.from({ length: count }, (_, index) => ({
    userId: userId(`p${index}`),
    score: (index * 7_919 * seed) % 997,
    lastXpAt: addMs(monday, index % 3),
  }));
}
