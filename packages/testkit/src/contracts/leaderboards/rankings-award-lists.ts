import { awardId, addMs, userId, type XpAward } from '@gamekeeper/core';
import { compareBytewise } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { points } from '../../arbitraries/boards.ts';
import { deepEqual } from '../assertions.ts';
import { allPages } from '../batches.ts';
import type { Sentence } from '../contract.ts';
import { award, monday, week, type RankingsHarness } from './rankings-harness.ts';

/** What an award repository promises of the awards of one player. */
export const awardListCases: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'lists the awards of a player alone, the last earned first, in pages',
    check: async (create, property) => {
      const players = ['ada', 'bob', 'nobody'].map(userId);
      const crowds = fc.uniqueArray(
        fc.record(
          {
            awardId: fc.integer({ min: 1, max: 30 }).map((n) => awardId(`quiz ${n}`)),
            userId: fc.constantFrom(...players.slice(0, 2)),
            amount: points(),
            // Several are earned at the same instant.
            earnedAt: fc.integer({ min: 0, max: 3 }).map((ms) => addMs(monday, ms)),
          },
          { noNullPrototype: true },
        ),
        { selector: (one) => one.awardId, maxLength: 8 },
      );
      await fc.assert(
        fc.asyncProperty(crowds, fc.integer({ min: 1, max: 7 }), async (crowd, limit) => {
          const harness = await create();
          for (const one of crowd) await award(harness, one, [week().board]);
          for (const player of players) {
            const listed = await allPages(
              (before?: XpAward) => harness.awards.listOf(player, { limit, ...(before && { before }) }),
              limit,
            );
            const own = crowd.filter((one) => one.userId === player);
            deepEqual(
              listed,
              own.toSorted((a, b) => b.earnedAt - a.earnedAt || compareBytewise(a.awardId, b.awardId)),
            );
          }
        }),
        property,
      );
    },
  },
];
