import { DAY_MS, addMs } from '@gamekeeper/core';
import { type ImportTerms, type PlayerHistory } from '@gamekeeper/core/ports';
import { checkedHistory } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { usernames } from './names.ts';
import { userIds } from './players.ts';

/** Generates players as they come from another system, with histories that an import accepts. */
export function playerHistories(terms: ImportTerms): fc.Arbitrary<PlayerHistory> {
  const past = fc
    .oneof(fc.integer({ min: 0, max: 5 * DAY_MS }), fc.integer({ min: 0, max: 3_000 * DAY_MS }))
    .map((ms) => addMs(terms.at, -ms));
  const xp = fc.oneof(fc.constant(0), fc.nat({ max: 5_000 }), fc.maxSafeInteger().map(Math.abs));
  const closing = terms.boards.filter(({ period }) => period !== 'all').map(({ key }) => key);
  return fc
    .record({
      userId: userIds(),
      username: usernames(),
      xp,
      lastXpAt: fc.option(past),
      shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: closing.length }),
      currentStreak: fc.oneof(fc.constant(0), fc.nat({ max: 400 })),
      more: fc.nat({ max: 100 }),
      lastQuizAt: past,
      protections: fc.nat({ max: 5 }),
      currentLives: fc.nat({ max: terms.maxLives + 2 }),
      nextRegenAt: fc.option(fc.integer({ min: -DAY_MS, max: DAY_MS }).map((ms) => addMs(terms.at, ms))),
    })
    .map(({ shares, more, ...player }) => {
      const periodXp = shares.map((share, index) => [closing[index], Math.floor(share * player.xp)]);
      const longestStreak = player.currentStreak + more;
      return checkedHistory(
        { ...player, longestStreak, periodXp: Object.fromEntries(periodXp) as Record<string, number> },
        'player',
        terms,
      );
    });
}
