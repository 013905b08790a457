import { defaultLivesRules as rules, instant, userId, type Lives } from '@gamekeeper/core';
import { dividesItsTick } from '../divided-sweep.ts';
import type { Sentence } from '../contract.ts';
import { store, type LivesHarness } from './lives-harness.ts';

const asOf = instant('2026-11-24T10:30:00Z');

/** What `divideDue` promises. */
export const dividedLives: readonly Sentence<LivesHarness>[] = [
  {
    name: 'divides a tick into disjoint parts, each of which is done alone',
    check: async (create) => {
      const harness = await create();
      const { lives, transactions } = harness;
      const crowd = Array.from({ length: 1_500 }, (_, index): Lives => ({
        userId: userId(`p${index}`),
        currentLives: index % rules.maxLives,
        lastRegenAt: null,
        nextRegenAt: asOf,
      }));
      await store(harness, crowd);
      await dividesItsTick({
        transactions,
        due: crowd.length,
        divide: lives.divideDue && ((max) => lives.divideDue!({ asOf, rules, max })),
        sweep: (tx, batch) => lives.regenerateDue(tx, { asOf, rules, ...batch }),
        listDue: (batch) => lives.listDue({ asOf, rules, ...batch }),
      });
    },
  },
];
