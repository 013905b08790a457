import {
  instant,
  defaultLivesRules as rules,
  userId,
  type Instant,
  type Lives,
  type LivesRules,
  type UserId,
} from '@gamekeeper/core';
import {
  compareBytewise as bytewise,
  fullLives,
  isDue,
  livesRefilled,
  regenerate,
} from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal, rejects } from '../assertions.ts';
import { livesOfAwkwardIds } from '../players/awkward-ids.ts';
import { crowds, rulesOfLives, rulesOfLivesBy, userIds } from '../../arbitraries/players.ts';
import { instants } from '../../arbitraries/time.ts';
import { choosesItems, namesWhatItDoes, type ChosenSweep } from '../chosen-items.ts';
import {
  contractCases,
  type ContractCase,
  type ContractOptions,
  type PropertySettings,
} from '../contract.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';
import { comparedRules } from './compared-rules.ts';
import { dividedLives } from './lives-divided.ts';
import { eventKeys, everyone, regenerateAll, store, type LivesHarness } from './lives-harness.ts';
import { concurrentLives, differentialLives } from './lives-histories.ts';
import { spendCases } from './lives-spends.ts';

const tick = instant('2026-11-24T10:30:00Z');
const ada = userId('ada');

/**
 * Returns the contract of `LivesRepository` as test cases.
 *
 * @example
 * runContract(livesRepositoryContract({ create: emptyStore }), it);
 */
export function livesRepositoryContract(options: ContractOptions<LivesHarness>): readonly ContractCase[] {
  return contractCases<LivesHarness>(options, [
    ...livesOfAwkwardIds,
    comparedRules,
    {
      name: 'is empty initially',
      check: async (create) => {
        const { lives } = await create();
        equal(await lives.find(ada), null);
        deepEqual(await lives.list({ limit: 10 }), []);
      },
    },
    {
      name: 'returns what was stored, for any id and to the millisecond',
      check: async (create, property) => {
        const stored = fc.tuple(
          userIds(),
          fc.integer({ min: 0, max: 9 }),
          fc.option(instants()),
          fc.option(instants()),
        );
        await fc.assert(
          fc.asyncProperty(stored, async ([id, currentLives, lastRegenAt, nextRegenAt]) => {
            const harness = await create();
            const state = { userId: id, currentLives, lastRegenAt, nextRegenAt };
            await store(harness, [state]);
            deepEqual(await harness.lives.find(id), state);
          }),
          property,
        );
      },
    },
    {
      name: 'lets a change decide on the stored state, and keeps it if there is no decision',
      check: async (create) => {
        const { lives, transactions } = await create();
        const first = await transactions.run((tx) =>
          lives.change(tx, ada, (stored) => ({ state: fullLives(ada, rules), result: stored })),
        );
        const second = await transactions.run((tx) =>
          lives.change(tx, ada, (stored) => ({ result: stored })),
        );
        equal(first, null);
        deepEqual(second, fullLives(ada, rules));
        deepEqual(await lives.find(ada), fullLives(ada, rules));
      },
    },
    {
      name: 'sees its own changes inside a transaction, and stores events with them',
      check: async (create) => {
        const { lives, outbox, transactions } = await create();
        await transactions.run(async (tx) => {
          await lives.change(tx, ada, () => ({
            state: due(ada, 1),
            events: [livesRefilled(ada, tick)],
            result: null,
          }));
          deepEqual(await lives.find(ada, tx), due(ada, 1));
          deepEqual(await lives.list({ limit: 10 }, tx), [due(ada, 1)]);
        });
        deepEqual(await outbox.countByType(), { LivesRefilled: 1 });
      },
    },
    {
      name: 'rolls back states and events together when the transaction fails',
      check: async (create) => {
        const harness = await create();
        const { lives, outbox, transactions } = harness;
        await store(harness, [due(ada, 4)]);
        const failing = transactions.run(async (tx) => {
          await lives.regenerateDue(tx, { asOf: tick, rules, after: null, limit: 10 });
          await lives.change(tx, userId('bob'), () => ({ state: due(userId('bob'), 2), result: null }));
          throw new Error('undo');
        });
        await rejects(failing, /undo/);
        deepEqual(await lives.list({ limit: 10 }), [due(ada, 4)]);
        deepEqual(await outbox.countByType(), {});
      },
    },
    {
      name: 'rethrows the error of a decision and changes nothing',
      check: async (create) => {
        const { lives, transactions } = await create();
        const refuse = (): never => {
          throw new RangeError('no');
        };
        await rejects(
          transactions.run((tx) => lives.change(tx, ada, refuse)),
          RangeError,
        );
        equal(await lives.find(ada), null);
      },
    },
    {
      name: 'rejects a transaction of another store',
      check: async (create) => {
        const { lives } = await create();
        const batch = { asOf: tick, rules, after: null, limit: 1 };
        await refuseForeignTransaction(
          (tx) => lives.regenerateDue(tx, batch),
          (tx) => lives.find(ada, tx),
        );
      },
    },
    {
      name: 'lists players in bytewise order of their ids, in pages',
      check: async (create, property) => {
        await fc.assert(
          fc.asyncProperty(crowds(tick, rules), fc.integer({ min: 1, max: 7 }), async (crowd, limit) => {
            const harness = await create();
            await store(harness, crowd);
            deepEqual(await everyone(harness.lives, limit), sorted(crowd));
          }),
          property,
        );
      },
    },
    {
      name: 'gives one life at a tick to every due player, and to no other, as the rule does',
      check: (create, property) => givesAsTheRuleDoes(create, property, () => rulesOfLives()),
    },
    {
      name: 'gives it as the rule does to players whom a raise of the maximum brought below it',
      check: (create, property) => givesAsTheRuleDoes(create, property, rulesOfLivesBy),
    },
    {
      name: 'writes the same event as the rule',
      check: async (create) => {
        const harness = await create();
        await store(harness, [due(ada, rules.maxLives - 1)]);
        await regenerateAll(harness, tick, rules, 10);
        const [{ id: _id, ...event } = { id: '' }] = await harness.outbox.list({ limit: 10 });
        deepEqual(event, livesRefilled(ada, tick));
      },
    },
    {
      name: 'gives no player two lives when a tick or a batch is repeated',
      check: async (create) => {
        const harness = await create();
        const crowd = Array.from({ length: 25 }, (_, index) => due(userId(`p${index}`), index % 5));
        await store(harness, crowd);
        const batch = { asOf: tick, rules, after: null, limit: 10 };
        await harness.transactions.run((tx) => harness.lives.regenerateDue(tx, batch));
        await regenerateAll(harness, tick, rules, 10);
        const after = await everyone(harness.lives);
        equal(await regenerateAll(harness, tick, rules, 10), 0);
        deepEqual(await everyone(harness.lives), after);
        deepEqual(after, sorted(crowd.map((lives) => regenerate(lives, tick, rules).state)));
      },
    },
    {
      name: 'ends and skips no player, whatever the size of the batches',
      check: async (create) => {
        const crowd = Array.from({ length: 300 }, (_, index) => due(userId(`p${index}`), index % 5));
        for (const limit of [1, 7, 300, 10_000]) {
          const harness = await create();
          await store(harness, crowd);
          equal(await regenerateAll(harness, tick, rules, limit), crowd.length);
        }
      },
    },
    {
      name: 'skips no player whose row is written to between two batches',
      check: async (create) => {
        const harness = await create();
        const crowd = Array.from({ length: 400 }, (_, index) => due(userId(`p${index}`), index % 5));
        await store(harness, crowd);
        await regenerateAll(harness, tick, rules, 40, () => rewrite(harness, crowd));
        deepEqual(
          await everyone(harness.lives),
          sorted(crowd.map((lives) => regenerate(lives, tick, rules).state)),
        );
      },
    },
    {
      name: 'law 10: processes only the given items, excludes others, and lists those that are due',
      check: (create, property) =>
        choosesItems(property, crowds(tick, rules), {
          idOf: (lives) => lives.userId,
          sweepOver: async (crowd) => {
            const harness = await create();
            await store(harness, crowd);
            return chosen(harness);
          },
          after: (lives) => (isDue(lives, tick, rules) ? regenerate(lives, tick, rules).state : null),
        }),
    },
    {
      name: 'law 10: lists at every checkpoint as many as the batch there processes',
      check: async (create) => {
        const harness = await create();
        const crowd = Array.from({ length: 400 }, (_, index) => due(userId(`p${index}`), index % 5));
        await store(harness, crowd);
        await namesWhatItDoes(
          chosen(harness),
          crowd.map((lives) => lives.userId),
        );
      },
    },
    {
      name: 'law 2: actions and ticks in any order give the result of the rules alone',
      check: differentialLives,
    },
    {
      name: 'law 4: actions racing with a tick win or wait, and no life is lost or doubled',
      needs: 'concurrent',
      check: concurrentLives,
    },
    ...dividedLives,
    ...spendCases,
  ]);
}

async function givesAsTheRuleDoes(
  create: ContractOptions<LivesHarness>['create'],
  property: PropertySettings,
  rulesBy: (asOf: Instant) => fc.Arbitrary<LivesRules>,
): Promise<void> {
  const scene = instants()
    .chain((asOf) => fc.tuple(fc.constant(asOf), rulesBy(asOf)))
    .chain(([asOf, some]) => fc.tuple(fc.constant(asOf), fc.constant(some), crowds(asOf, some)));
  await fc.assert(
    fc.asyncProperty(scene, fc.integer({ min: 1, max: 12 }), async ([asOf, some, crowd], limit) => {
      const harness = await create();
      await store(harness, crowd);
      const anyDue = crowd.some((lives) => isDue(lives, asOf, some));
      equal(await harness.lives.isAnyDue(asOf, some), anyDue);
      const processed = await regenerateAll(harness, asOf, some, limit);
      equal(await harness.lives.isAnyDue(asOf, some), false);
      const expected = crowd.map((lives) => regenerate(lives, asOf, some));
      deepEqual(await everyone(harness.lives), sorted(expected.map(({ state }) => state)));
      deepEqual(
        await eventKeys(harness.outbox),
        expected
          .flatMap(({ events }) => events)
          .map(({ key }) => key)
          .sort(bytewise),
      );
      equal(processed, expected.filter(({ state }, index) => state !== crowd[index]).length);
    }),
    property,
  );
}

/** Returns a player with some lives whose timer ends at {@link tick}. */
function due(id: UserId, currentLives: number): Lives {
  return { userId: id, currentLives, lastRegenAt: null, nextRegenAt: tick };
}

function chosen({ transactions, lives }: LivesHarness): ChosenSweep<Lives> {
  return {
    transactions,
    sweep: (tx, batch) => lives.regenerateDue(tx, { asOf: tick, rules, ...batch }),
    due: (batch) => lives.listDue({ asOf: tick, rules, ...batch }),
    everybody: () => everyone(lives),
  };
}

/** Writes to every fifth player without changing anything. */
async function rewrite({ transactions, lives }: LivesHarness, crowd: readonly Lives[]): Promise<void> {
  await transactions.run(async (tx) => {
    for (const { userId: id } of crowd.filter((_, index) => index % 5 === 0))
      await lives.change(tx, id, (state) => ({ result: null, ...(state && { state }) }));
  });
}

function sorted(crowd: readonly Lives[]): readonly Lives[] {
  return [...crowd].sort((a, b) => bytewise(a.userId, b.userId));
}
