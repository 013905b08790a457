import type { Transaction, Transactions } from '@gamekeeper/core';
import { setTimeout } from 'node:timers/promises';

/**
 * Time for other calls to reach the locks of an open transaction. If it is too short, they find the transaction ended,
 * which must work as well: a check can only become weaker, never wrong.
 */
const MEANWHILE_MS = 20;

/** Waits for something to happen, but no longer than {@link MEANWHILE_MS}. */
export async function aMoment(until: Promise<unknown>): Promise<void> {
  await Promise.race([Promise.allSettled([until]), setTimeout(MEANWHILE_MS)]);
}

/**
 * Runs work in a transaction, starts other work while it is open, and then ends it as `outcome` says. Returns the
 * results of both.
 */
export async function meanwhile<First, Other>(
  transactions: Transactions,
  first: (tx: Transaction) => Promise<First>,
  other: () => Promise<Other>,
  outcome: 'commit' | 'roll back' = 'commit',
): Promise<readonly [First | null, Other]> {
  const done = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const undo = new Error('undo');
  const running = transactions
    .run(async (tx) => {
      const result = await first(tx);
      done.resolve();
      await end.promise;
      if (outcome === 'roll back') throw undo;
      return result;
    })
    .catch((error: unknown) => {
      if (error === undo) return null;
      throw error;
    });
  await Promise.race([done.promise, running]);
  const others = other();
  await aMoment(others);
  end.resolve();
  return Promise.all([running, others]);
}
