import { DAY_MS, addMs, awardId, instant, userId, type Transactions, type UserId } from '@gamekeeper/core';
import {
  type ImportTerms,
  type LivesRepository,
  type Outbox,
  type PlayerHistory,
  type PlayerImport,
  type StreakRepository,
} from '@gamekeeper/core/ports';
import {
  boundedPeriodAt,
  checkedPeriodHistory,
  importedLives,
  importedScore,
  importedStreak,
} from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal, rejects } from '../assertions.ts';
import { playerHistories } from '../../arbitraries/player-histories.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import {
  archiveAll,
  archiveOf,
  award,
  boardOf,
  boards,
  earned,
  filingsAt,
  finish,
  scoresOf,
  seal,
  week,
  type RankingsHarness,
} from '../leaderboards/rankings-harness.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';

/** What {@link playerImportContract} runs against: all on one store. */
export interface PlayerImportHarness extends RankingsHarness {
  readonly transactions: Transactions;
  readonly playerImport: PlayerImport;
  readonly lives: LivesRepository;
  readonly streaks: StreakRepository;
  readonly outbox: Outbox;
}

const at = instant('2026-11-24T10:00:00Z');
const terms: ImportTerms = {
  at,
  boards,
  maxLives: 5,
  latestRegenAt: addMs(at, 30 * 60_000),
  initialProtections: 2,
  judgedThrough: '2026-11-26' as ImportTerms['judgedThrough'],
};
const ada: PlayerHistory = {
  userId: userId('ada'),
  username: 'Ada',
  xp: 1_200,
  lastXpAt: addMs(at, -DAY_MS),
  periodXp: { weekly: 300, monthly: 700 },
  currentStreak: 12,
  longestStreak: 40,
  lastQuizAt: addMs(at, -5 * DAY_MS),
  protections: 1,
  currentLives: 2,
  nextRegenAt: null,
};

/**
 * Returns the contract of `PlayerImport` as test cases, except for `importSelected`, which needs SQL.
 *
 * @example
 * runContract(playerImportContract({ create: emptyStore }), it);
 */
export function playerImportContract(options: ContractOptions<PlayerImportHarness>): readonly ContractCase[] {
  return contractCases<PlayerImportHarness>(options, [
    {
      name: 'gives every player the state of the rules, on every board, and writes no event',
      check: async (create, property) => {
        const crowds = fc.uniqueArray(playerHistories(terms), {
          maxLength: 12,
          selector: (one) => one.userId,
        });
        await fc.assert(
          fc.asyncProperty(crowds, async (crowd) => {
            const harness = await create();
            deepEqual(
              (await importAll(harness, crowd)).toSorted(),
              crowd.map((one) => one.userId).toSorted(),
            );
            for (const player of crowd) deepEqual(await stateOf(harness, player.userId), ruled(player));
            for (const filing of filingsAt(at)) {
              const expected = crowd.flatMap((one) => {
                const score = importedScore(one, filing);
                return score ? [{ ...score, username: one.username }] : [];
              });
              const byId = (a: { userId: string }, b: { userId: string }) => (a.userId < b.userId ? -1 : 1);
              deepEqual([...(await scoresOf(harness, filing))].sort(byId), expected.sort(byId));
            }
            deepEqual(await harness.outbox.list({ limit: 1 }), []);
          }),
          property,
        );
      },
    },
    {
      name: 'writes each player once, and leaves known players as they are',
      check: async (create) => {
        const harness = await create();
        const bob = { ...ada, userId: userId('bob') };
        await award(harness, earned(bob.userId, 5));
        const known = await stateOf(harness, bob.userId);
        deepEqual(await importAll(harness, [ada, { ...ada, xp: 9 }, bob]), [ada.userId]);
        deepEqual(await importAll(harness, [{ ...ada, xp: 7, username: 'Other' }, bob]), []);
        deepEqual(await stateOf(harness, ada.userId), ruled(ada));
        deepEqual(await stateOf(harness, bob.userId), known);
      },
    },
    {
      name: 'opens the current periods and no other',
      check: async (create) => {
        const harness = await create();
        await importAll(harness, [ada]);
        for (const { board, period } of filingsAt(at)) {
          const stored = await harness.periods.list(board, { limit: 10 });
          deepEqual(
            stored.map(({ key, sealedAt }) => [key, sealedAt]),
            [[period.key, null]],
          );
        }
      },
    },
    {
      name: 'counts later awards and seals on top of what was imported',
      check: async (create) => {
        const harness = await create();
        await importAll(harness, [ada]);
        const later = { awardId: awardId('later'), userId: ada.userId, amount: 10, earnedAt: addMs(at, 1) };
        const { scores } = await award(harness, later);
        deepEqual(
          scores.map(({ board, score }) => [board.key, score.score, score.username]),
          [
            ['global', 1_210, 'Ada'],
            ['weekly', 310, 'Ada'],
            ['monthly', 710, 'Ada'],
            ['daily-in-berlin', 10, 'Ada'],
          ],
        );
        equal(await harness.awards.xpOf(ada.userId), 1_210);
        await seal(harness, week());
        equal(await archiveAll(harness, week(), 10), 1);
        await finish(harness, week());
        deepEqual(await archiveOf(harness, week()), [
          { userId: ada.userId, username: 'Ada', score: 310, lastXpAt: addMs(at, 1), rank: 1 },
        ]);
      },
    },
    {
      name: 'adds nobody to a sealed period',
      check: async (create) => {
        const harness = await create();
        await seal(harness, week());
        await importAll(harness, [ada]);
        deepEqual(await scoresOf(harness, week()), []);
        equal((await scoresOf(harness, filingsAt(at)[0]!)).length, 1);
      },
    },
    {
      name: 'stores an ended period as sealed, reset and archived, in the order of its board, once',
      check: async (create) => {
        const harness = await create();
        const { board, period } = week(-1);
        const given = {
          board: 'weekly',
          at: period.startsAt,
          standings: [
            { userId: 'bob', username: 'Bob', score: 7 },
            { userId: 'cid', username: 'Cid', score: 9, lastXpAt: addMs(period.startsAt, 1) },
            { userId: 'ada', username: 'Ada', score: 7 },
          ],
        };
        const history = checkedPeriodHistory(given, boards);
        const imported = () =>
          harness.transactions.run((tx) => harness.playerImport.importPeriod(tx, history));
        equal(await imported(), true);
        equal(await imported(), false);
        deepEqual(
          (await archiveOf(harness, { board, period })).map(({ rank, userId: id }) => [rank, id]),
          [
            [1, 'cid'],
            [2, 'ada'],
            [3, 'bob'],
          ],
        );
        const { key, startsAt, endsAt } = period;
        deepEqual(await harness.periods.find(board, key), {
          key,
          startsAt,
          endsAt,
          sealedAt: endsAt,
          players: 3,
          resetAt: endsAt,
        });
        deepEqual(await harness.periodResets.unfinished(board, addMs(endsAt, 30 * DAY_MS)), []);
        const { late } = await award(harness, earned(userId('dan'), 5, -1), [board]);
        deepEqual(late, [{ board, period }]);
      },
    },
    {
      name: 'refuses a period that has not ended, or that overlaps a stored one',
      check: async (create) => {
        const harness = await create();
        const refused = async (history: Parameters<PlayerImport['importPeriod']>[1]) =>
          rejects(
            harness.transactions.run((tx) => harness.playerImport.importPeriod(tx, history)),
            { code: 'INVALID_OPTION', option: 'period' },
          );
        const { board, period } = week(-1);
        const current = boundedPeriodAt(board, harness.now())!;
        await refused({ board, period: current, standings: [] });
        await harness.transactions.run((tx) => harness.periods.open(tx, board, harness.now()));
        await refused({ board, period: current, standings: [] });
        await award(harness, earned(userId('dan'), 5, -1), [boardOf('weekly')]);
        await refused({
          board,
          period: { ...period, key: '2026-W47.2', startsAt: addMs(period.startsAt, 1) },
          standings: [],
        });
      },
    },
    {
      name: 'is undone with its transaction',
      check: async (create) => {
        const harness = await create();
        const undone = harness.transactions.run(async (tx) => {
          await harness.playerImport.importPlayers(tx, [ada], terms);
          await harness.playerImport.importPeriod(tx, { ...week(-1), standings: [] });
          throw new Error('changed my mind');
        });
        await rejects(undone, /changed my mind/);
        equal(await harness.players.find(ada.userId), null);
        equal(await harness.streaks.find(ada.userId), null);
        equal(await harness.lives.find(ada.userId), null);
        for (const board of boards) deepEqual(await harness.periods.list(board, { limit: 1 }), []);
      },
    },
    {
      name: 'rejects a transaction of another store',
      check: async (create) => {
        const { playerImport } = await create();
        await refuseForeignTransaction((tx) => playerImport.importPlayers(tx, [ada], terms));
        await refuseForeignTransaction((tx) => playerImport.importPeriod(tx, { ...week(-1), standings: [] }));
      },
    },
  ]);
}

function importAll(
  { transactions, playerImport }: PlayerImportHarness,
  crowd: readonly PlayerHistory[],
): Promise<readonly UserId[]> {
  return transactions.run((tx) => playerImport.importPlayers(tx, crowd, terms));
}

async function stateOf({ players, streaks, lives, awards }: PlayerImportHarness, id: UserId) {
  return {
    player: await players.find(id),
    streak: await streaks.find(id),
    lives: await lives.find(id),
    xp: await awards.xpOf(id),
  };
}

function ruled(player: PlayerHistory) {
  return {
    player: { userId: player.userId, username: player.username },
    streak: importedStreak(player, terms),
    lives: importedLives(player, terms),
    xp: player.xp,
  };
}
