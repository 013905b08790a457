import {
  DAY_MS,
  PlayerStreaks,
  defaultStreakRules as rules,
  instant,
  addMs,
  userId,
  type Streak,
} from '@gamekeeper/core';
import { compareBytewise, evaluateStreak, freshStreak, isInDanger, streakTick } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { dividesItsTick } from '../divided-sweep.ts';
import { deepEqual, equal, rejects } from '../assertions.ts';
import { streaksOfAwkwardIds } from '../players/awkward-ids.ts';
import { streakCrowds, streakTicks } from '../../arbitraries/streaks.ts';
import { VirtualClock } from '../../time/virtual-clock.ts';
import { byKey, writtenEvents } from '../batches.ts';
import { choosesItems, namesWhatItDoes, type ChosenSweep } from '../chosen-items.ts';
import { collectionCases } from '../collection-cases.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';
import { recordedOf } from '../players/player-log-contract.ts';
import { comparedTicks } from './compared-ticks.ts';
import { Midnights } from './midnights.ts';
import { evaluateAll, everyStreak, playerOf, storeStreaks, type StreaksHarness } from './streaks-harness.ts';
import { differentialStreaks } from './streaks-histories.ts';
import { playBeforeRun, racingPlays, runBeforePlay } from './streaks-races.ts';
import { UndisturbedStreaks } from './undisturbed-streaks.ts';

const schedule = new Midnights('UTC');
const midnight = instant('2026-11-24T00:00:00Z');
const tick = streakTick(midnight, 'UTC', rules);

/**
 * Returns the contract of `StreakRepository` as test cases.
 *
 * @example
 * runContract(streakRepositoryContract({ create: emptyStore }), it);
 */
export function streakRepositoryContract(options: ContractOptions<StreaksHarness>): readonly ContractCase[] {
  return contractCases<StreaksHarness>(options, [
    ...streaksOfAwkwardIds,
    comparedTicks,
    ...collectionCases<StreaksHarness, Streak['userId'], Streak>({
      of: ({ streaks }) => streaks,
      idOf: playerOf,
      crowds: streakTicks().chain((at) => streakCrowds(at, { maxLength: 12 })),
      sample: inDanger('ada', 2),
      changed: evaluateStreak(inDanger('ada', 2), tick).state,
      other: inDanger('bob', 0),
      event: evaluateStreak(inDanger('ada', 2), tick).events[0]!,
      step: (stored) => ({ ...inDanger('ada', 0), longestStreak: (stored?.longestStreak ?? 0) + 1 }),
    }),
    {
      name: 'judges at a tick every streak in danger, and no other, as the rule does',
      check: async (create, property) => {
        const scene = streakTicks().chain((at) => fc.tuple(fc.constant(at), streakCrowds(at)));
        await fc.assert(
          fc.asyncProperty(scene, fc.integer({ min: 1, max: 12 }), async ([at, crowd], limit) => {
            const harness = await create();
            await storeStreaks(harness, crowd);
            const anyInDanger = crowd.some((streak) => isInDanger(streak, at));
            equal(await harness.streaks.isAnyInDanger(at), anyInDanger);
            const processed = await evaluateAll(harness, at, limit);
            equal(await harness.streaks.isAnyInDanger(at), false);
            const expected = crowd.map((streak) => evaluateStreak(streak, at));
            deepEqual(await everyStreak(harness), sorted(expected.map(({ state }) => state)));
            deepEqual(await writtenEvents(harness.outbox), byKey(expected.flatMap(({ events }) => events)));
            for (const { state, log = [] } of expected)
              deepEqual(await recordedOf(harness, state.userId), log);
            equal(processed, expected.filter(({ events }) => events.length > 0).length);
          }),
          property,
        );
      },
    },
    {
      name: 'writes the length of a lost streak, and the day that a protection covered',
      check: async (create) => {
        const harness = await create();
        await storeStreaks(harness, [inDanger('ada', 0), inDanger('bob', 1)]);
        await evaluateAll(harness, tick, 10);
        deepEqual(await writtenEvents(harness.outbox), [
          {
            type: 'StreakBroken',
            key: 'StreakBroken:2026-11-24:ada',
            occurredAt: midnight,
            payload: { userId: 'ada', lostStreak: 7 },
          },
          {
            type: 'StreakProtected',
            key: 'StreakProtected:2026-11-24:bob',
            occurredAt: midnight,
            payload: { userId: 'bob', day: '2026-11-23' },
          },
        ]);
      },
    },
    {
      name: 'judges no streak twice for a day when a tick or a batch is repeated, and again on the next day',
      check: async (create) => {
        const harness = await create();
        const crowd = manyInDanger(25);
        await storeStreaks(harness, crowd);
        const batch = { tick, after: null, limit: 10 };
        await harness.transactions.run((tx) => harness.streaks.evaluateDue(tx, batch));
        await evaluateAll(harness, tick, 10);
        equal(await evaluateAll(harness, tick, 10), 0);
        const model = undisturbed(crowd);
        model.runThrough(midnight);
        deepEqual(await everyStreak(harness), model.streaks());
        const nextDay = addMs(midnight, DAY_MS);
        await evaluateAll(harness, streakTick(nextDay, 'UTC', rules), 10);
        equal(await evaluateAll(harness, tick, 10), 0);
        model.runThrough(nextDay);
        deepEqual(await everyStreak(harness), model.streaks());
        deepEqual(await writtenEvents(harness.outbox), model.events());
      },
    },
    {
      name: 'ends and skips no player, whatever the size of the batches',
      check: async (create) => {
        for (const limit of [1, 7, 300, 10_000]) {
          const harness = await create();
          await storeStreaks(harness, manyInDanger(300));
          equal(await evaluateAll(harness, tick, limit), 300);
        }
      },
    },
    {
      name: 'skips no player, and judges none twice, when players are renamed and play between two batches',
      check: async (create) => {
        const harness = await create();
        const crowd = manyInDanger(400);
        await storeStreaks(harness, crowd);
        const now = addMs(midnight, 1);
        const clock = new VirtualClock(now);
        const playerStreaks = new PlayerStreaks({ ...harness, clock, rules, schedule });
        const model = undisturbed(crowd);
        let batches = 0;
        await evaluateAll(harness, tick, 40, async () => {
          batches += 1;
          await rename(harness, crowd, `renamed for the ${batches}. time`);
          for (const { userId: id } of crowd.filter((_, index) => index % 12 === batches)) {
            await playerStreaks.countQuiz(id);
            model.play(id, now);
          }
        });
        model.runThrough(now);
        deepEqual(await everyStreak(harness), model.streaks());
        deepEqual(await writtenEvents(harness.outbox), model.events());
      },
    },
    {
      name: 'law 10: processes only the given items, excludes others, and lists those that are due',
      check: (create, property) =>
        choosesItems(property, streakCrowds(tick), {
          idOf: playerOf,
          sweepOver: async (crowd) => {
            const harness = await create();
            await storeStreaks(harness, crowd);
            return chosen(harness);
          },
          after: (streak) => (isInDanger(streak, tick) ? evaluateStreak(streak, tick).state : null),
        }),
    },
    {
      name: 'law 10: lists at every checkpoint as many as the batch there processes',
      check: async (create) => {
        const harness = await create();
        const crowd = manyInDanger(400);
        await storeStreaks(harness, crowd);
        await namesWhatItDoes(chosen(harness), crowd.map(playerOf));
      },
    },
    {
      name: 'divides a tick into disjoint parts, each of which is done alone',
      check: async (create) => {
        const harness = await create();
        const { streaks, transactions } = harness;
        const crowd = manyInDanger(1_500);
        await storeStreaks(harness, crowd);
        await dividesItsTick({
          transactions,
          due: crowd.length,
          divide: streaks.divideDue && ((max) => streaks.divideDue!({ tick, max })),
          sweep: (tx, batch) => streaks.evaluateDue(tx, { tick, ...batch }),
          listDue: (batch) => streaks.listDue({ tick, ...batch }),
        });
      },
    },
    {
      name: 'rolls back a batch and its events when the transaction fails',
      check: async (create) => {
        const harness = await create();
        await storeStreaks(harness, [inDanger('ada', 0)]);
        const failing = harness.transactions.run(async (tx) => {
          await harness.streaks.evaluateDue(tx, { tick, after: null, limit: 10 });
          equal((await harness.streaks.find(userId('ada'), tx))?.currentStreak, 0);
          throw new Error('undo');
        });
        await rejects(failing, /undo/);
        deepEqual(await everyStreak(harness), [inDanger('ada', 0)]);
        deepEqual(await writtenEvents(harness.outbox), []);
      },
    },
    {
      name: 'rejects a transaction of another store for a batch',
      check: async (create) => {
        const { streaks } = await create();
        const batch = { tick, after: null, limit: 1 };
        await refuseForeignTransaction((tx) => streaks.evaluateDue(tx, batch));
      },
    },
    {
      name: 'law 2: quizzes, protections and ticks in any order give the result of the rules alone, in any time zone',
      check: differentialStreaks,
    },
    {
      name: 'law 4: quizzes and protections racing with a tick count after it, and none is lost or doubled',
      needs: 'concurrent',
      check: racingPlays,
    },
    {
      name: 'law 4: a run concurrent with a quiz waits, and judges the result',
      needs: 'concurrent',
      check: playBeforeRun,
    },
    {
      name: 'law 4: a quiz concurrent with a run waits, and counts after it',
      needs: 'concurrent',
      check: runBeforePlay,
    },
  ]);
}

/** Returns a streak of seven that is first in danger at {@link tick}. */
function inDanger(id: string, protections: number): Streak {
  const lastQuizAt = addMs(tick.lastQuizBefore, -1);
  return { ...freshStreak(userId(id), rules), currentStreak: 7, longestStreak: 9, lastQuizAt, protections };
}

function manyInDanger(count: number): readonly Streak[] {
  return Array.from({ length: count }, (_, index) => inDanger(`p${index}`, index % 3));
}

function undisturbed(crowd: readonly Streak[]): UndisturbedStreaks {
  return new UndisturbedStreaks({ schedule, rules, start: addMs(midnight, -1) }, crowd);
}

function chosen(harness: StreaksHarness): ChosenSweep<Streak> {
  const { transactions, streaks } = harness;
  return {
    transactions,
    sweep: (tx, batch) => streaks.evaluateDue(tx, { tick, ...batch }),
    due: (batch) => streaks.listDue({ tick, ...batch }),
    everybody: () => everyStreak(harness),
  };
}

/** Writes to every fifth player, but not to the streak. */
async function rename(
  { transactions, players }: StreaksHarness,
  crowd: readonly Streak[],
  username: string,
): Promise<void> {
  await transactions.run(async (tx) => {
    for (const { userId: id } of crowd.filter((_, index) => index % 5 === 0))
      await players.upsert(tx, { userId: id, username, protections: 0 });
  });
}

function sorted(crowd: readonly Streak[]): readonly Streak[] {
  return [...crowd].sort((a, b) => compareBytewise(a.userId, b.userId));
}
