import type { Clock, Timer } from '../src/engine/time/clock.ts';
import type { Instant } from '../src/engine/time/instant.ts';
import type { Transaction, Transactions } from '../src/engine/transactions/transactions.ts';

/** Where in the transaction that is one too many a process dies: before it begins, before its commit, or after it. */
export type Death = 'before' | 'during' | 'after';

/** A process that is killed at one transaction too many: no call of it is answered any more, and no timer fires. */
export class Mortal implements Clock, Transactions {
  readonly #clock: Clock;
  readonly #transactions: Transactions;
  readonly #when: Death;
  #transactionsLeft: number;

  constructor(
    { clock, transactions }: { readonly clock: Clock; readonly transactions: Transactions },
    transactionsLeft: number,
    when: Death = 'before',
  ) {
    this.#clock = clock;
    this.#transactions = transactions;
    this.#transactionsLeft = transactionsLeft;
    this.#when = when;
  }

  get isDead(): boolean {
    return this.#transactionsLeft < 0;
  }

  now(): Instant {
    return this.#clock.now();
  }

  setTimer(at: Instant, run: () => void): Timer {
    return this.#clock.setTimer(at, () => {
      if (!this.isDead) run();
    });
  }

  run<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    const wasDead = this.isDead;
    this.#transactionsLeft -= 1;
    if (!this.isDead) return this.#transactions.run(work);
    if (!wasDead && this.#when !== 'before') void this.#runUnanswered(work);
    return new Promise(() => undefined);
  }

  async #runUnanswered(work: (tx: Transaction) => Promise<unknown>): Promise<void> {
    const run = this.#transactions.run(async (tx) => {
      await work(tx);
      if (this.#when === 'during') throw new Error('killed');
    });
    await run.catch(() => undefined);
  }
}
