import {
  PlayerStreaks,
  defaultStreakRules as rules,
  instant,
  userId,
  type Streak,
  type Transactions,
  type UserId,
} from '@gamekeeper/core';
import { type PlayerRepository, type StreakRepository } from '@gamekeeper/core/ports';
import { freshStreak } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal, ok, rejects } from '../assertions.ts';
import { playersOfAwkwardIds } from './awkward-ids.ts';
import { usernames } from '../../arbitraries/names.ts';
import { userIds } from '../../arbitraries/players.ts';
import { VirtualClock } from '../../time/virtual-clock.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';
import { meanwhile } from '../meanwhile.ts';
import { Midnights } from '../streaks/midnights.ts';
import { storeStreaks } from '../streaks/streaks-harness.ts';

/** What {@link playerRepositoryContract} runs against. */
export interface PlayersHarness {
  readonly transactions: Transactions;
  readonly players: PlayerRepository;
  readonly streaks: StreakRepository;
}

const ada = userId('ada');
const now = instant('2026-11-24T10:00:00Z');
const played: Streak = {
  userId: ada,
  currentStreak: 7,
  longestStreak: 9,
  lastQuizAt: now,
  protections: 1,
  evaluatedOn: null,
};

/**
 * Returns the contract of `PlayerRepository` as test cases.
 *
 * @example
 * runContract(playerRepositoryContract({ create: emptyStore }), it);
 */
export function playerRepositoryContract(options: ContractOptions<PlayersHarness>): readonly ContractCase[] {
  return contractCases<PlayersHarness>(options, [
    ...playersOfAwkwardIds,
    {
      name: 'is empty initially',
      check: async (create) => {
        const { players } = await create();
        equal(await players.find(ada), null);
      },
    },
    {
      name: 'creates a player with a new streak and the protections of a new player',
      check: async (create) => {
        const harness = await create();
        await introduce(harness, ada, { protections: 1 });
        deepEqual(await harness.players.find(ada), { userId: ada, username: 'ada' });
        deepEqual(await harness.streaks.find(ada), freshStreak(ada, { ...rules, initialProtections: 1 }));
      },
    },
    {
      name: 'returns any name of any player, the latest that was set, and returns whether it changed',
      check: async (create, property) => {
        const introductions = fc.array(fc.tuple(fc.nat(2), fc.option(usernames(), { nil: undefined })), {
          maxLength: 8,
          size: 'max',
        });
        const ids = fc.uniqueArray(userIds(), { minLength: 3, maxLength: 3 });
        await fc.assert(
          fc.asyncProperty(ids, introductions, async (people, history) => {
            const harness = await create();
            const names = new Map<UserId, string>();
            for (const [index, username] of history) {
              const id = people[index]!;
              const before = names.get(id);
              const renamed = await introduce(harness, id, { ...(username !== undefined && { username }) });
              equal(renamed, before !== undefined && username !== undefined && username !== before);
              names.set(id, username ?? names.get(id) ?? id);
            }
            for (const id of people) {
              const username = names.get(id);
              deepEqual(
                await harness.players.find(id),
                username === undefined ? null : { userId: id, username },
              );
              deepEqual(
                await harness.streaks.find(id),
                username === undefined ? null : freshStreak(id, rules),
              );
            }
          }),
          property,
        );
      },
    },
    {
      name: 'never resets a streak when a player is upserted again',
      check: async (create) => {
        const harness = await create();
        await introduce(harness, ada);
        await storeStreaks(harness, [played]);
        await introduce(harness, ada, { protections: 2 });
        await introduce(harness, ada, { username: 'Ada', protections: 0 });
        deepEqual(await harness.streaks.find(ada), played);
      },
    },
    {
      name: 'keeps the existing streak of a player',
      check: async (create) => {
        const harness = await create();
        await storeStreaks(harness, [played]);
        await introduce(harness, ada, { username: 'Ada' });
        deepEqual(await harness.players.find(ada), { userId: ada, username: 'Ada' });
        deepEqual(await harness.streaks.find(ada), played);
      },
    },
    {
      name: 'keeps the name when the streak changes',
      check: async (create) => {
        const harness = await create();
        await introduce(harness, ada, { username: 'Ada' });
        await storeStreaks(harness, [played]);
        deepEqual(await harness.players.find(ada), { userId: ada, username: 'Ada' });
      },
    },
    {
      name: 'sees its own changes inside a transaction, and rolls them back when it fails',
      check: async (create) => {
        const harness = await create();
        const bob = userId('bob');
        await introduce(harness, ada, { username: 'Ada' });
        const failing = harness.transactions.run(async (tx) => {
          await harness.players.upsert(tx, { userId: ada, username: 'Lady A.', protections: 0 });
          await harness.players.upsert(tx, { userId: bob, protections: 2 });
          equal((await harness.players.find(ada, tx))?.username, 'Lady A.');
          deepEqual(await harness.players.find(bob, tx), { userId: bob, username: 'bob' });
          deepEqual(await harness.streaks.find(bob, tx), freshStreak(bob, rules));
          throw new Error('undo');
        });
        await rejects(failing, /undo/);
        equal((await harness.players.find(ada))?.username, 'Ada');
        equal(await harness.players.find(bob), null);
        equal(await harness.streaks.find(bob), null);
      },
    },
    {
      name: 'rejects a transaction of another store',
      check: async (create) => {
        const { players } = await create();
        await refuseForeignTransaction(
          (tx) => players.upsert(tx, { userId: ada, protections: 2 }),
          (tx) => players.find(ada, tx),
        );
      },
    },
    {
      name: 'creates a player once for many concurrent calls, and loses no quiz meanwhile',
      needs: 'concurrent',
      check: async (create) => {
        for (let round = 0; round < 5; round += 1) {
          const harness = await create();
          const streaks = playerStreaks(harness);
          const names = Array.from({ length: 6 }, (_, index) => `Ada ${index}`);
          await Promise.all([
            ...names.map((username) => introduce(harness, ada, { username })),
            streaks.countQuiz(ada),
            streaks.grantProtection(ada),
          ]);
          ok(names.includes((await harness.players.find(ada))?.username ?? ''));
          deepEqual(await harness.streaks.find(ada), firstQuiz());
        }
      },
    },
    {
      name: 'law 4: an upsert concurrent with a first quiz keeps its streak, and the reverse',
      needs: 'concurrent',
      check: async (create) => {
        for (const outcome of ['commit', 'roll back'] as const) {
          const afterQuiz = await create();
          await meanwhile(
            afterQuiz.transactions,
            (tx) => playerStreaks(afterQuiz).countQuiz(ada, { tx }),
            () => introduce(afterQuiz, ada, { username: 'Ada' }),
            outcome,
          );
          equal((await afterQuiz.players.find(ada))?.username, 'Ada');
          const expected = outcome === 'commit' ? firstQuiz() : freshStreak(ada, rules);
          deepEqual(await afterQuiz.streaks.find(ada), expected);

          const beforeQuiz = await create();
          await meanwhile(
            beforeQuiz.transactions,
            (tx) => beforeQuiz.players.upsert(tx, { userId: ada, username: 'Ada', protections: 2 }),
            () => playerStreaks(beforeQuiz).countQuiz(ada),
            outcome,
          );
          if (outcome === 'commit') equal((await beforeQuiz.players.find(ada))?.username, 'Ada');
          deepEqual(await beforeQuiz.streaks.find(ada), firstQuiz());
        }
      },
    },
  ]);
}

function introduce(
  { transactions, players }: PlayersHarness,
  id: UserId,
  player: { readonly username?: string; readonly protections?: number } = {},
): Promise<boolean> {
  return transactions.run((tx) => players.upsert(tx, { userId: id, protections: 2, ...player }));
}

function playerStreaks(harness: PlayersHarness): PlayerStreaks {
  return new PlayerStreaks({
    ...harness,
    clock: new VirtualClock(now),
    rules,
    schedule: new Midnights('UTC'),
  });
}

/** Returns the streak of a player who has completed one quiz. */
function firstQuiz(): Streak {
  return { ...freshStreak(ada, rules), currentStreak: 1, longestStreak: 1, lastQuizAt: now };
}
