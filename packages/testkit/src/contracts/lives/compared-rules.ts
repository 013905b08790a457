import type { Lives, LivesRules } from '@gamekeeper/core';
import { compareBytewise, regenerate } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual } from '../assertions.ts';
import { crowds, rulesOfLives, rulesOfLivesBy } from '../../arbitraries/players.ts';
import { instants } from '../../arbitraries/time.ts';
import type { Sentence } from '../contract.ts';
import { everyone, store, type LivesHarness } from './lives-harness.ts';

/** The case of `LivesRepository.compareRules`, for stores that have it. */
export const comparedRules: Sentence<LivesHarness> = {
  name: 'compareRules: counts what a tick would do by two sets of rules, samples those who differ, and changes nothing',
  check: async (create, property) => {
    const scene = instants().chain((asOf) =>
      rulesOfLivesBy(asOf).chain((rules) =>
        fc.tuple(
          fc.constant(asOf),
          fc.constant(rules),
          rulesOfLives(),
          crowds(asOf, rules),
          fc.nat({ max: 5 }),
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(scene, async ([asOf, current, proposed, crowd, sample]) => {
        const harness = await create();
        if (!harness.lives.compareRules) return;
        await store(harness, crowd);
        const after = (lives: Lives, rules: LivesRules) => {
          const { currentLives, nextRegenAt } = regenerate(lives, asOf, rules).state;
          return { currentLives, nextRegenAt };
        };
        const counts = (rules: LivesRules) => ({
          given: crowd.filter((lives) => after(lives, rules).currentLives > lives.currentLives).length,
          refilled: crowd.filter((lives) => regenerate(lives, asOf, rules).events.length > 0).length,
        });
        const differing = crowd
          .map((lives) => ({
            userId: lives.userId,
            currentLives: lives.currentLives,
            current: after(lives, current),
            proposed: after(lives, proposed),
          }))
          .filter(
            (one) =>
              one.current.currentLives !== one.proposed.currentLives ||
              one.current.nextRegenAt !== one.proposed.nextRegenAt,
          )
          .sort((a, b) => compareBytewise(a.userId, b.userId));
        const stored = await everyone(harness.lives);
        deepEqual(await harness.lives.compareRules({ asOf, current, proposed, sample }), {
          current: counts(current),
          proposed: counts(proposed),
          differing: differing.length,
          sample: differing.slice(0, sample),
        });
        deepEqual(await everyone(harness.lives), stored);
        deepEqual(await harness.outbox.list({ limit: 1 }), []);
      }),
      property,
    );
  },
};
