import { HOUR_MS, addMs } from '@gamekeeper/core';
import { compareBytewise, evaluateStreak, isInDanger, type StreakTick } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual } from '../assertions.ts';
import { streakCrowds, streakTicks } from '../../arbitraries/streaks.ts';
import type { Sentence } from '../contract.ts';
import { everyStreak, storeStreaks, type StreaksHarness } from './streaks-harness.ts';

/** The case of `StreakRepository.compareTicks`, for stores that have it. */
export const comparedTicks: Sentence<StreaksHarness> = {
  name: 'compareTicks: counts what two ticks would do as the rule does it, samples those who differ, and changes nothing',
  check: async (create, property) => {
    const scene = streakTicks().chain((tick) =>
      fc.tuple(fc.constant(tick), streakCrowds(tick), fc.integer({ min: 1, max: 96 }), fc.nat({ max: 5 })),
    );
    await fc.assert(
      fc.asyncProperty(scene, async ([current, crowd, hours, sample]) => {
        const harness = await create();
        if (!harness.streaks.compareTicks) return;
        await storeStreaks(harness, crowd);
        const before = addMs(current.asOf, -hours * HOUR_MS);
        const proposed: StreakTick = {
          ...current,
          lastQuizBefore: before < current.lastQuizBefore ? before : current.lastQuizBefore,
        };
        const differing = crowd
          .filter((streak) => isInDanger(streak, current) !== isInDanger(streak, proposed))
          .sort((a, b) => compareBytewise(a.userId, b.userId));
        const outcome = (streak: (typeof crowd)[number], tick: StreakTick): string => {
          const [event] = evaluateStreak(streak, tick).events;
          if (!event) return 'kept';
          return event.type === 'StreakBroken' ? 'broken' : 'protected';
        };
        const counts = (tick: StreakTick) => ({
          protected: crowd.filter((streak) => outcome(streak, tick) === 'protected').length,
          broken: crowd.filter((streak) => outcome(streak, tick) === 'broken').length,
        });
        const stored = await everyStreak(harness);
        deepEqual(await harness.streaks.compareTicks({ current, proposed, sample }), {
          current: counts(current),
          proposed: counts(proposed),
          differing: differing.length,
          sample: differing.slice(0, sample).map((streak) => ({
            userId: streak.userId,
            currentStreak: streak.currentStreak,
            protections: streak.protections,
            lastQuizAt: streak.lastQuizAt,
            current: outcome(streak, current),
            proposed: outcome(streak, proposed),
          })),
        });
        deepEqual(await everyStreak(harness), stored);
        deepEqual(await harness.outbox.list({ limit: 1 }), []);
      }),
      property,
    );
  },
};
