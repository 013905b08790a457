import { awardId, addMs, userId, type XpAward } from '@gamekeeper/core';
import { type AwardOutcome, type Score } from '@gamekeeper/core/ports';
import { compareBytewise } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal } from '../assertions.ts';
import type { Sentence } from '../contract.ts';
import { meanwhile } from '../meanwhile.ts';
import {
  allScoresOf,
  archiveAll,
  archiveOf,
  award,
  boardOf,
  boards,
  earned,
  filingsAt,
  monday,
  passTo,
  ranked,
  scoresOf,
  seal,
  week,
  type RankingsHarness,
} from './rankings-harness.ts';

const ada = userId('ada');
const given: XpAward = { awardId: awardId('quiz 1'), userId: ada, amount: 30, earnedAt: addMs(monday, 5) };
const allTime = { board: boardOf('global'), period: { key: 'all', startsAt: null, endsAt: null } };

/** What is promised of concurrent awards. */
export const awardRaces: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'counts an award once in many concurrent calls',
    needs: 'concurrent',
    check: async (create) => {
      for (let round = 0; round < 5; round += 1) {
        const harness = await create();
        const outcomes = await Promise.all(Array.from({ length: 8 }, () => award(harness, given)));
        equal(outcomes.filter(({ counted }) => counted).length, 1);
        equal(await harness.awards.xpOf(ada), 30);
        for (const at of filingsAt(monday)) equal((await scoresOf(harness, at))[0]?.score, 30);
      }
    },
  },
  {
    name: 'loses none of many concurrent awards of a player',
    needs: 'concurrent',
    check: async (create) => {
      for (let round = 0; round < 5; round += 1) {
        const harness = await create();
        const awards = Array.from({ length: 16 }, (_, index) => ({
          ...given,
          awardId: awardId(`quiz ${index}`),
          userId: userId(`p${index % 2}`),
          amount: 2 ** index,
          earnedAt: addMs(monday, index),
        }));
        await Promise.all(awards.map((one) => award(harness, one)));
        for (const at of filingsAt(monday)) {
          deepEqual(await scoresOf(harness, at), [
            { userId: 'p1', username: 'p1', score: 0xaaaa, lastXpAt: addMs(monday, 15) },
            { userId: 'p0', username: 'p0', score: 0x5555, lastXpAt: addMs(monday, 14) },
          ]);
        }
      }
    },
  },
  {
    name: 'waits for an award with the same id in progress: counts only if that is rolled back',
    needs: 'concurrent',
    check: async (create) => {
      for (const outcome of ['commit', 'roll back'] as const) {
        const harness = await create();
        const [, second] = await meanwhile(
          harness.transactions,
          (tx) => harness.awards.record(tx, given, boards),
          () => award(harness, { ...given, amount: 7 }),
          outcome,
        );
        equal(second.counted, outcome === 'roll back');
        equal(await harness.awards.xpOf(ada), outcome === 'commit' ? 30 : 7);
      }
    },
  },
];

/** What sealing promises, whatever happens concurrently. */
export const sealRaces: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'seals a period for exactly one of many concurrent calls',
    needs: 'concurrent',
    check: async (create) => {
      for (let round = 0; round < 5; round += 1) {
        const harness = await create();
        if (round % 2 === 0) await award(harness, given);
        const answers = await Promise.all(Array.from({ length: 6 }, () => seal(harness, week())));
        equal(answers.filter(Boolean).length, 1);
      }
    },
  },
  {
    name: 'law 8: sealing waits for an award in progress, and archives it unless that is rolled back',
    needs: 'concurrent',
    check: async (create) => {
      for (const known of [false, true]) {
        for (const outcome of ['commit', 'roll back'] as const) {
          const harness = await create();
          const before = { ...given, awardId: awardId('before'), amount: 1 };
          if (known) await award(harness, before);
          const [, sealed] = await meanwhile(
            harness.transactions,
            (tx) => harness.awards.record(tx, given, boards),
            () => seal(harness, week()),
            outcome,
          );
          equal(sealed, true);
          await archiveAll(harness, week(), 10);
          const counted = [...(known ? [before] : []), ...(outcome === 'commit' ? [given] : [])];
          deepEqual(await archiveOf(harness, week()), ranked(sums(counted), 'latest'));
        }
      }
    },
  },
  {
    name: 'law 8: an award waits for a seal in progress: it is late, unless that is rolled back',
    needs: 'concurrent',
    check: async (create) => {
      for (const known of [false, true]) {
        for (const outcome of ['commit', 'roll back'] as const) {
          const harness = await create();
          if (known) await award(harness, { ...given, awardId: awardId('before') });
          await passTo(harness, week().period.endsAt);
          const [, { counted, late }] = await meanwhile(
            harness.transactions,
            async (tx) => {
              await harness.periods.open(tx, week().board, monday);
              return harness.periodResets.seal(tx, week(), week().period.endsAt);
            },
            () => award(harness, given),
            outcome,
          );
          equal(counted, true);
          deepEqual(
            late.map(({ board }) => board.key),
            outcome === 'commit' ? ['weekly'] : [],
          );
          equal(await harness.awards.xpOf(ada), known ? 60 : 30);
        }
      }
    },
  },
  {
    name: 'law 8: awards racing with a seal are in the archive or late, and none is lost or doubled',
    needs: 'concurrent',
    check: async (create, property) => {
      const crowd = fc.array(
        fc.record({ player: fc.nat(3), amount: fc.nat(50), ms: fc.nat(5), twice: fc.boolean() }),
        {
          minLength: 1,
          maxLength: 14,
          size: 'max',
        },
      );
      await fc.assert(
        fc.asyncProperty(crowd, fc.nat(14), async (wanted, sealAfter) => {
          const harness = await create();
          const awards = wanted.map(({ player, amount, ms }, index) => ({
            awardId: awardId(`quiz ${index}`),
            userId: userId(`p${player}`),
            amount,
            earnedAt: addMs(monday, ms),
          }));
          const calls = awards.flatMap((one, index) => (wanted[index]?.twice ? [one, one] : [one]));
          const send = async (
            one: XpAward,
          ): Promise<{ readonly one: XpAward; readonly outcome: AwardOutcome }> => ({
            one,
            outcome: await award(harness, one),
          });
          const early = calls.slice(0, sealAfter).map(send);
          const sealing = seal(harness, week());
          const results = await Promise.all([...early, ...calls.slice(sealAfter).map(send)]);
          equal(await sealing, true);
          await archiveAll(harness, week(), 3);

          const counted = results.filter(({ outcome }) => outcome.counted);
          equal(counted.length, awards.length);
          const inTime = counted.filter(({ outcome }) => outcome.late.length === 0).map(({ one }) => one);
          const archived = ranked(sums(inTime), 'latest').filter(({ score }) => score > 0);
          deepEqual(await archiveOf(harness, week()), archived);
          deepEqual(byPlayer(await scoresOf(harness, allTime)), byPlayer(sums(awards)));
        }),
        property,
      );
    },
  },
];

/** What boards show while a name changes. */
export const nameRaces: readonly Sentence<RankingsHarness>[] = [
  {
    name: 'shows the newest name of a player on every board, also with concurrent awards',
    needs: 'concurrent',
    check: async (create) => {
      for (let round = 0; round < 10; round += 1) {
        const harness = await create();
        await award(harness, given);
        const names = ['Ada', 'Countess', 'Lovelace'];
        await Promise.all([
          ...names.map((username) =>
            harness.transactions.run((tx) =>
              harness.players.upsert(tx, { userId: ada, username, protections: 2 }),
            ),
          ),
          ...[0, 1, 2].map((weeksOn) => award(harness, earned(ada, 5, weeksOn))),
        ]);
        const name = (await harness.players.find(ada))?.username;
        for (const at of [allTime, week(0), week(1), week(2)]) {
          for (const shown of await allScoresOf(harness, at)) equal(shown.username, name);
        }
      }
    },
  },
];

/** Returns the sums of awards by player. */
function sums(awards: readonly XpAward[]): readonly Score[] {
  const scores = new Map<string, Score>();
  for (const { userId: id, amount, earnedAt } of awards) {
    const before = scores.get(id);
    const last = before?.lastXpAt ?? null;
    const lastXpAt = amount > 0 && (last === null || last < earnedAt) ? earnedAt : last;
    scores.set(id, { userId: id, score: (before?.score ?? 0) + amount, lastXpAt });
  }
  return [...scores.values()];
}

function byPlayer(scores: readonly Score[]): readonly Score[] {
  return scores
    .map(({ userId: id, score, lastXpAt }) => ({ userId: id, score, lastXpAt }))
    .sort((a, b) => compareBytewise(a.userId, b.userId));
}
