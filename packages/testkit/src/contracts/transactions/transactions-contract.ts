import {
  isGamekeeperError,
  userId,
  type DomainEvent,
  type Lives,
  type Transaction,
  type Transactions,
  type UserId,
} from '@gamekeeper/core';
import { isTouched, type LivesRepository, type Outbox } from '@gamekeeper/core/ports';
import { deepEqual, equal, notEqual, rejects } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions, type Sentence } from '../contract.ts';
import { eventKeys } from '../lives/lives-harness.ts';
import { aMoment, meanwhile } from '../meanwhile.ts';

/** What {@link transactionsContract} runs against. */
export interface TransactionsHarness {
  readonly transactions: Transactions;
  readonly lives: LivesRepository;
  readonly outbox: Outbox;
}

const [ada, bob] = [userId('ada'), userId('bob')];
const undo = new Error('undo');

/**
 * Returns the contract of `Transactions`, which every repository of a host relies on.
 *
 * @example
 * runContract(transactionsContract({ create: emptyStore }), it);
 */
export function transactionsContract(options: ContractOptions<TransactionsHarness>): readonly ContractCase[] {
  return contractCases<TransactionsHarness>(options, [...outcomes, ...marks, ...nesting, ...isolation]);
}

/** Commit and rollback. */
const outcomes: readonly Sentence<TransactionsHarness>[] = [
  {
    name: 'commits all changes when the work resolves, and returns its result',
    check: async (create) => {
      const harness = await create();
      const result = await harness.transactions.run(async (tx) => {
        await give(harness, tx, ada);
        await give(harness, tx, bob);
        return 'done';
      });
      equal(result, 'done');
      deepEqual(await livesOf(harness), { ada: 1, bob: 1 });
      deepEqual(await eventKeys(harness.outbox), ['ada:1', 'bob:1']);
    },
  },
  {
    name: 'rolls back all changes when the work throws, and rethrows the same error',
    check: async (create) => {
      const harness = await create();
      await harness.transactions.run((tx) => give(harness, tx, ada));
      for (const thrown of [undo, 'text', undefined] as readonly unknown[]) {
        const failing = harness.transactions.run(async (tx) => {
          await give(harness, tx, ada);
          await give(harness, tx, bob);
          return Promise.reject(thrown);
        });
        deepEqual(await Promise.allSettled([failing]), [{ status: 'rejected', reason: thrown }]);
      }
      deepEqual(await livesOf(harness), { ada: 1 });
      deepEqual(await eventKeys(harness.outbox), ['ada:1']);
    },
  },
  {
    name: 'works after any number of transactions that were rolled back',
    check: async (create) => {
      const harness = await create();
      for (let round = 0; round < 30; round += 1) {
        const failing = harness.transactions.run(async (tx) => {
          await give(harness, tx, ada);
          throw undo;
        });
        await rejects(failing, undo);
      }
      await harness.transactions.run((tx) => give(harness, tx, ada));
      deepEqual(await livesOf(harness), { ada: 1 });
    },
  },
  {
    name: 'shows its own changes to reads inside it',
    check: async (create) => {
      const harness = await create();
      await harness.transactions.run(async (tx) => {
        await give(harness, tx, ada);
        equal((await harness.lives.find(ada, tx))?.currentLives, 1);
        equal(await give(harness, tx, ada), 2);
      });
      deepEqual(await livesOf(harness), { ada: 2 });
    },
  },
  {
    name: 'is rejected after its end, without any effect',
    check: async (create) => {
      const harness = await create();
      for (const isUsed of [true, false]) {
        for (const outcome of ['commit', 'roll back']) {
          const ended = await escaped(harness.transactions, async (tx) => {
            if (isUsed) await give(harness, tx, bob);
            if (outcome === 'roll back') throw undo;
          });
          await rejects(async () => give(harness, ended, ada), { code: 'TRANSACTION_ENDED' });
        }
      }
      deepEqual(await livesOf(harness), { bob: 1 });
    },
  },
];

/** `touched`: fences are checked in a transaction that may have been used, and outside of one that was not. */
const marks: readonly Sentence<TransactionsHarness>[] = [
  {
    name: 'never reports a used transaction as untouched, also if the call found no work',
    check: async (create) => {
      const harness = await create();
      const uses: Readonly<Record<string, (tx: Transaction) => Promise<unknown>>> = {
        'a change': (tx) => give(harness, tx, ada),
        'a change that locks, and decides nothing': (tx) =>
          harness.lives.change(tx, ada, () => ({ result: null })),
        'a change whose decision throws': (tx) =>
          harness.lives.change(tx, ada, refuse).catch(() => undefined),
        events: (tx) => harness.outbox.append(tx, [given(ada, 7)]),
      };
      for (const [use, verb] of Object.entries(uses)) {
        await harness.transactions.run(async (tx) => {
          await verb(tx);
          equal(isTouched(tx), true, `${use} left no mark`);
          await Promise.resolve();
          equal(isTouched(tx), true, `${use} left no mark that stays`);
        });
      }
    },
  },
  {
    name: 'keeps the touched flags of transactions separate',
    check: async (create) => {
      const harness = await create();
      await harness.transactions.run((tx) => give(harness, tx, ada));
      await harness.transactions.run(async (tx) => {
        const before = tx.touched;
        await give(harness, tx, ada);
        equal(isTouched(tx), true);
        // A store need not report it, but if it does, the value must be correct for this transaction.
        notEqual(before, true, 'it is marked by one before it');
      });
    },
  },
];

const nesting: readonly Sentence<TransactionsHarness>[] = [
  {
    name: 'includes all work that uses it, concurrent or sequential',
    check: async (create) => {
      const harness = await create();
      const inner = (tx: Transaction): Promise<unknown> =>
        Promise.all([give(harness, tx, ada), give(harness, tx, bob)]);
      const outer = async (tx: Transaction): Promise<void> => {
        await inner(tx);
        await inner(tx);
      };
      await rejects(
        harness.transactions.run(async (tx) => {
          await outer(tx);
          throw undo;
        }),
        undo,
      );
      deepEqual(await livesOf(harness), {});
      await harness.transactions.run(outer);
      deepEqual(await livesOf(harness), { ada: 2, bob: 2 });
    },
  },
  {
    name: 'keeps a transaction opened inside another separate, or rejects it with a named error',
    needs: 'concurrent',
    check: async (create) => {
      const harness = await create();
      const { transactions } = harness;
      let isRefused = false;
      const outer = transactions.run(async (tx) => {
        await give(harness, tx, ada);
        await transactions
          .run((inner) => give(harness, inner, bob))
          .catch((error: unknown) => {
            if (!isGamekeeperError(error)) throw error;
            isRefused = true;
          });
        throw undo;
      });
      await rejects(outer, undo);
      deepEqual(await livesOf(harness), isRefused ? {} : { bob: 1 });
    },
  },
];

/** How concurrent transactions affect each other. */
const isolation: readonly Sentence<TransactionsHarness>[] = [
  {
    name: 'shows other transactions all of its changes or none, and none that were rolled back',
    needs: 'concurrent',
    check: async (create) => {
      for (const outcome of ['commit', 'roll back'] as const) {
        const harness = await create();
        const [, seen] = await meanwhile(
          harness.transactions,
          async (tx) => {
            await give(harness, tx, ada);
            await give(harness, tx, bob);
          },
          () => livesOf(harness),
          outcome,
        );
        if (outcome === 'roll back' || Object.keys(seen).length === 0) deepEqual(seen, {});
        else deepEqual(seen, { ada: 1, bob: 1 });
        deepEqual(await livesOf(harness), outcome === 'commit' ? { ada: 1, bob: 1 } : {});
      }
    },
  },
  {
    name: 'law 4: decides on the latest committed state, also after an earlier read',
    needs: 'concurrent',
    check: async (create) => {
      const harness = await create();
      const { transactions, lives } = harness;
      await transactions.run((tx) => give(harness, tx, ada));
      // Started outside of any transaction: a store that runs one at a time starts it when that one has ended.
      const read = Promise.withResolvers<void>();
      const others = read.promise.then(() => transactions.run((own) => give(harness, own, ada)));
      const count = await transactions.run(async (tx) => {
        await lives.find(ada, tx);
        read.resolve();
        await aMoment(others);
        return give(harness, tx, ada);
      });
      await others;
      equal(count === 2 || count === 3, true, `it decided on ${count - 1} lives`);
      deepEqual(await livesOf(harness), { ada: 3 });
      deepEqual(await eventKeys(harness.outbox), ['ada:1', 'ada:2', 'ada:3']);
    },
  },
  {
    name: 'law 1: runs each of several deadlocked transactions completely and once',
    needs: 'concurrent',
    check: async (create) => {
      const harness = await create();
      const met = Promise.withResolvers<void>();
      let waiting = 0;
      const crosswise = (first: UserId, second: UserId): Promise<readonly number[]> =>
        harness.transactions.run(async (tx) => {
          const mine = await give(harness, tx, first);
          waiting += 1;
          if (waiting === 2) met.resolve();
          await aMoment(met.promise);
          return [mine, await give(harness, tx, second)];
        });
      await Promise.all([crosswise(ada, bob), crosswise(bob, ada)]);
      deepEqual(await livesOf(harness), { ada: 2, bob: 2 });
      deepEqual(await eventKeys(harness.outbox), ['ada:1', 'ada:2', 'bob:1', 'bob:2']);
    },
  },
  {
    name: 'keeps the changes of one transaction when a concurrent one is rolled back',
    needs: 'concurrent',
    check: async (create) => {
      const harness = await create();
      const both = [undo, null].map((failure, index) =>
        harness.transactions.run(async (tx) => {
          await give(harness, tx, index === 0 ? ada : bob);
          if (failure) throw failure;
        }),
      );
      const ended = await Promise.allSettled(both);
      deepEqual(
        ended.map(({ status }) => status),
        ['rejected', 'fulfilled'],
      );
      deepEqual(await livesOf(harness), { bob: 1 });
    },
  },
];

/** Gives a player one more life, with a matching event. Returns the new number of lives. */
function give({ lives }: TransactionsHarness, tx: Transaction, player: UserId): Promise<number> {
  return lives.change(tx, player, (stored) => {
    const currentLives = (stored?.currentLives ?? 0) + 1;
    const state: Lives = { userId: player, currentLives, lastRegenAt: null, nextRegenAt: null };
    return { state, events: [given(player, currentLives)], result: currentLives };
  });
}

function given(player: UserId, count: number): DomainEvent {
  return {
    type: 'LivesRefilled',
    key: `${player}:${count}`,
    occurredAt: 0 as DomainEvent['occurredAt'],
    payload: { userId: player },
  };
}

function refuse(): never {
  throw new RangeError('no');
}

/** Returns how many lives each player has, read at once. */
async function livesOf({ lives }: TransactionsHarness): Promise<Readonly<Record<string, number>>> {
  const all = await lives.list({ limit: 10 });
  return Object.fromEntries(all.map(({ userId: id, currentLives }) => [id, currentLives]));
}

/** Returns a transaction that has ended. */
async function escaped(
  transactions: Transactions,
  work: (tx: Transaction) => Promise<void>,
): Promise<Transaction> {
  const seen = Promise.withResolvers<Transaction>();
  const ending = transactions.run((tx) => {
    seen.resolve(tx);
    return work(tx);
  });
  await ending.catch((error: unknown) => {
    if (error !== undo) throw error;
  });
  return seen.promise;
}
