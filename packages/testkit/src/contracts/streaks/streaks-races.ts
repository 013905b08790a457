import {
  MINUTE_MS,
  PlayerStreaks,
  defaultStreakRules as rules,
  instant,
  addMs,
  userId,
  type Streak,
  type UserId,
} from '@gamekeeper/core';
import { freshStreak, applyDueStreakTicks, streakTick, streakWithDates } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal } from '../assertions.ts';
import { streaksAround } from '../../arbitraries/streaks.ts';
import { VirtualClock } from '../../time/virtual-clock.ts';
import { writtenEvents } from '../batches.ts';
import type { Sentence } from '../contract.ts';
import { meanwhile } from '../meanwhile.ts';
import { Midnights } from './midnights.ts';
import { evaluateAll, everyStreak, storeStreaks, type StreaksHarness } from './streaks-harness.ts';
import { UndisturbedStreaks } from './undisturbed-streaks.ts';

const schedule = new Midnights('UTC');
const tick = streakTick(instant('2026-11-24T00:00:00Z'), 'UTC', rules);
const justBefore = addMs(tick.asOf, -1);
const now = addMs(tick.asOf, MINUTE_MS);
const players = ['ada', 'bob', 'cleo'].map(userId);

/** Many concurrent actions of few players while two runs judge the day. Actions after the tick count after it. */
export const racingPlays: Sentence<StreaksHarness>['check'] = async (create, property) => {
  const action = fc.record({ kind: fc.constantFrom('play' as const, 'grant' as const), player: fc.nat(3) });
  const actions = fc.array(action, { minLength: 1, maxLength: 16, size: 'max' });
  const crowds = fc.tuple(...players.map((id) => streaksAround(tick, id).map(judgedUntilNow)));
  await fc.assert(
    fc.asyncProperty(actions, crowds, async (done, crowd) => {
      const harness = await create();
      await storeStreaks(harness, crowd);
      const { play, grant, model } = actors(harness, crowd);
      const newcomer = userId('dora');
      const acting = done.map(({ kind, player }) =>
        kind === 'play' ? play(players[player] ?? newcomer) : grant(players[player] ?? newcomer),
      );
      const runs = [1, 2].map((limit) => evaluateAll(harness, tick, limit));
      const results = await Promise.all(acting);
      await Promise.all(runs);

      model.runThrough(now);
      const expected = done.map(({ kind, player }) => {
        const id = players[player] ?? newcomer;
        return kind === 'play' ? model.play(id, now) !== null : model.grant(id, now);
      });
      equal(results.filter(Boolean).length, expected.filter(Boolean).length);
      deepEqual(await everyStreak(harness), model.streaks());
      deepEqual(await writtenEvents(harness.outbox), model.events());
    }),
    property,
  );
};

/** The quiz holds the lock of the streak when the run reaches it; it commits, or is rolled back. */
export const playBeforeRun: Sentence<StreaksHarness>['check'] = async (create) => {
  for (const outcome of ['commit', 'roll back'] as const) {
    for (const protections of [0, 1]) {
      const harness = await create();
      const crowd = [inDanger(protections)];
      await storeStreaks(harness, crowd);
      const { streaks, model } = actors(harness, crowd);
      await meanwhile(
        harness.transactions,
        (tx) => streaks.countQuiz(players[0]!, { at: now, tx }),
        () => evaluateAll(harness, tick, 10),
        outcome,
      );
      // A run that skips locked streaks must return to them, at the latest in the next run.
      await evaluateAll(harness, tick, 10);
      model.runThrough(now);
      if (outcome === 'commit') model.play(players[0]!, now);
      deepEqual(await everyStreak(harness), model.streaks());
      deepEqual(await writtenEvents(harness.outbox), model.events());
    }
  }
};

/** The run holds the lock of the streak when the quiz arrives; it commits, or is rolled back. */
export const runBeforePlay: Sentence<StreaksHarness>['check'] = async (create) => {
  for (const outcome of ['commit', 'roll back'] as const) {
    for (const protections of [0, 1]) {
      const harness = await create();
      const crowd = [inDanger(protections)];
      await storeStreaks(harness, crowd);
      const { streaks, model } = actors(harness, crowd);
      const [, played] = await meanwhile(
        harness.transactions,
        (tx) => harness.streaks.evaluateDue(tx, { tick, after: null, limit: 10 }),
        () => streaks.countQuiz(players[0]!, { at: now }),
        outcome,
      );
      deepEqual(played, streakWithDates(model.play(players[0]!, now)));
      deepEqual(await everyStreak(harness), model.streaks());
      deepEqual(await writtenEvents(harness.outbox), model.events());
    }
  }
};

/** Returns players' actions right after the tick, and the expected result. */
function actors(harness: StreaksHarness, crowd: readonly Streak[]) {
  const streaks = new PlayerStreaks({ ...harness, clock: new VirtualClock(now), rules, schedule });
  return {
    streaks,
    model: new UndisturbedStreaks({ schedule, rules, start: justBefore }, crowd),
    play: async (id: UserId): Promise<boolean> => (await streaks.countQuiz(id)).currentStreak > 0,
    grant: async (id: UserId): Promise<boolean> => (await streaks.grantProtection(id)).ok,
  };
}

/** Returns a streak with every tick before this one applied, and no later one. */
function judgedUntilNow(streak: Streak): Streak {
  const { evaluatedOn, lastQuizAt } = streak;
  const past = {
    ...streak,
    evaluatedOn: evaluatedOn !== null && evaluatedOn < tick.day ? evaluatedOn : null,
    lastQuizAt: lastQuizAt !== null && lastQuizAt > justBefore ? justBefore : lastQuizAt,
  };
  return applyDueStreakTicks(past, schedule, justBefore, rules).state;
}

function inDanger(protections: number): Streak {
  const fresh = freshStreak(players[0]!, rules);
  return {
    ...fresh,
    currentStreak: 7,
    longestStreak: 9,
    protections,
    lastQuizAt: addMs(tick.lastQuizBefore, -1),
  };
}
