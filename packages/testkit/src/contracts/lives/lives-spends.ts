import {
  PlayerLives,
  defaultLivesRules as rules,
  instant,
  addMs,
  userId,
  type SpendOptions,
  type SpendResult,
  type Transaction,
  type WithDates,
} from '@gamekeeper/core';
import { type LivesRepository } from '@gamekeeper/core/ports';
import { fullLives } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal, rejects } from '../assertions.ts';
import { IntervalSchedule } from '../../time/interval-schedule.ts';
import { VirtualClock } from '../../time/virtual-clock.ts';
import type { Sentence } from '../contract.ts';
import { refuseForeignTransaction } from '../transactions/foreign-transaction.ts';
import type { LivesHarness } from './lives-harness.ts';
import { meanwhile } from '../meanwhile.ts';

const [ada, bob] = [userId('ada'), userId('bob')];
const now = instant('2026-11-24T10:10:00Z');
const forEver = { before: instant('2100-01-01T00:00:00Z'), limit: 100 };

/** What `reserveSpend`, `completeSpend` and `pruneSpends` promise: a life is spent once per key. */
export const spendCases: readonly Sentence<LivesHarness>[] = [
  {
    name: 'law 2: spends once per key, and returns the first result, whatever has happened since',
    check: async (create, property) => {
      // Calls of two players with two keys, some repeated, some without a key.
      const calls = fc.array(
        fc.record({ who: fc.constantFrom(ada, bob), key: fc.option(fc.constantFrom('a', 'b')) }),
        { maxLength: 10, size: 'max' },
      );
      await fc.assert(
        fc.asyncProperty(calls, async (made) => {
          const harness = await create();
          const first = new Map<string, WithDates<SpendResult>>();
          const spent = new Map<string, number>();
          for (const [index, { who, key }] of made.entries()) {
            const at = addMs(now, index);
            const result = await spend(harness, who, { at, ...(key !== null && { idempotencyKey: key }) });
            const name = `${who} ${key ?? `of its own ${index}`}`;
            const before = first.get(name);
            if (before) {
              deepEqual(result, before);
              continue;
            }
            if (result.ok) first.set(name, result);
            const count = Math.min(rules.maxLives, (spent.get(who) ?? 0) + 1);
            spent.set(who, count);
            equal(result.lives.currentLives, rules.maxLives - count);
          }
          for (const [who, count] of spent)
            equal((await harness.lives.find(userId(who)))?.currentLives, rules.maxLives - count);
        }),
        property,
      );
    },
  },
  {
    name: 'stores no refusal: the same key spends a life when there is one',
    check: async (create) => {
      const harness = await create();
      for (let lives = rules.maxLives; lives > 0; lives -= 1) await spend(harness, ada, { at: now });
      const key = { idempotencyKey: 'a' };
      for (const at of [now, addMs(now, 1)]) deepEqual((await spend(harness, ada, { at, ...key })).ok, false);
      const inAnHour = addMs(now, 3_600_000);
      const result = await spend(harness, ada, { at: inAnHour, ...key });
      equal(result.ok, true);
      deepEqual(await spend(harness, ada, { at: addMs(inAnHour, 1), ...key }), result);
    },
  },
  {
    name: 'law 3: discards a key whose transaction is rolled back, and keeps one that is used twice in it',
    check: async (create) => {
      const harness = await create();
      const twice = async (tx: Transaction): Promise<readonly WithDates<SpendResult>[]> => [
        await spend(harness, ada, { tx, at: now, idempotencyKey: 'a' }),
        await spend(harness, ada, { tx, at: now, idempotencyKey: 'a' }),
      ];
      const undone = harness.transactions.run(async (tx) => {
        await twice(tx);
        throw new Error('undone');
      });
      await rejects(undone, /undone/);
      equal(await harness.lives.find(ada), null);
      const [one, other] = await harness.transactions.run(twice);
      deepEqual(one, other);
      equal((await harness.lives.find(ada))?.currentLives, rules.maxLives - 1);
    },
  },
  {
    name: 'spends once per key for many concurrent calls',
    needs: 'concurrent',
    check: async (create) => {
      for (let round = 0; round < 5; round += 1) {
        const harness = await create();
        if (round % 2 === 0) await spend(harness, ada, { at: now });
        const before = (await harness.lives.find(ada)) ?? fullLives(ada, rules);
        const results = await Promise.all(
          Array.from({ length: 8 }, () => spend(harness, ada, { at: now, idempotencyKey: 'a' })),
        );
        for (const result of results) deepEqual(result, results[0]);
        equal((await harness.lives.find(ada))?.currentLives, before.currentLives - 1);
      }
    },
  },
  {
    name: 'waits for a spend with the same key, and spends if that is rolled back',
    needs: 'concurrent',
    check: async (create) => {
      for (const outcome of ['commit', 'roll back'] as const) {
        const harness = await create();
        const key = { at: now, idempotencyKey: 'a' };
        const [, second] = await meanwhile(
          harness.transactions,
          (tx) => spend(harness, ada, { tx, ...key }),
          () => spend(harness, ada, { ...key, at: addMs(now, 5) }),
          outcome,
        );
        equal((await harness.lives.find(ada))?.currentLives, rules.maxLives - 1);
        const spentAt = outcome === 'commit' ? now : addMs(now, 5);
        deepEqual(second.lives.nextRegenAt, new Date(addMs(spentAt, rules.regenMinutes * 60_000)));
      }
    },
  },
  {
    name: 'prunes old keys, up to the limit: then they spend again',
    check: async (create) => {
      const harness = await create();
      for (const idempotencyKey of ['a', 'b', 'c']) await spend(harness, ada, { at: now, idempotencyKey });
      const prune = (cut: Parameters<LivesRepository['pruneSpends']>[1]): Promise<number> =>
        harness.transactions.run((tx) => harness.lives.pruneSpends(tx, cut));
      equal(await prune({ before: instant('2000-01-01T00:00:00Z'), limit: 100 }), 0);
      equal(await prune({ ...forEver, limit: 2 }), 2);
      equal(await prune(forEver), 1);
      equal(await prune(forEver), 0);
      equal(
        (await spend(harness, ada, { at: now, idempotencyKey: 'a' })).lives.currentLives,
        rules.maxLives - 4,
      );
    },
  },
  {
    name: 'rejects a transaction of another store for keys of spends',
    check: async (create) => {
      const { lives } = await create();
      await refuseForeignTransaction(
        (tx) => lives.reserveSpend(tx, ada, 'a'),
        (tx) => lives.completeSpend(tx, ada, { idempotencyKey: 'a', lives: null }),
        (tx) => lives.pruneSpends(tx, forEver),
      );
    },
  },
];

function spend(
  { lives, transactions }: LivesHarness,
  who: typeof ada,
  options: SpendOptions,
): Promise<WithDates<SpendResult>> {
  // An action must not be in the future.
  const clock = new VirtualClock(instant(options.at ?? now));
  const player = new PlayerLives({ lives, transactions, clock, rules, schedule: new IntervalSchedule(30) });
  return player.spend(who, options);
}
