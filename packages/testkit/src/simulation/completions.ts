import type { Claim, JobLedger, Transaction } from '@gamekeeper/core';

type Completed = Pick<Claim, 'job' | 'tick' | 'owner'>;

/** Every completion of a run that was committed, by whomever: what the ledger's rows alone cannot show. */
export class Completions {
  readonly all: Completed[] = [];
  readonly #uncommitted = new Map<Transaction, Completed>();

  /** Takes note of a call of the ledger that was answered. */
  noteAnswer(method: string, args: readonly unknown[], answer: unknown): void {
    if (method === 'pass' && answer === true) this.all.push(args[0] as Parameters<JobLedger['pass']>[0]);
    if (method !== 'succeed') return;
    const [tx, claim] = args as Parameters<JobLedger['succeed']>;
    if (tx === null) this.all.push(claim);
    else this.#uncommitted.set(tx, claim);
  }

  /** Takes note that a transaction has committed. */
  noteCommit(tx: Transaction): void {
    const completed = this.#uncommitted.get(tx);
    if (!completed) return;
    this.#uncommitted.delete(tx);
    this.all.push(completed);
  }
}
