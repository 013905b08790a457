import type { Claim, JobLedger, Transaction } from '@gamekeeper/core';

type Completed = Pick<Claim, 'job' | 'tick' | 'owner'>;

/** Every completion of a run that was committed, by whomever: what the ledger's rows alone cannot show. */
export class Completions {
  readonly all: Completed[] = [];
  readonly #uncommitted = new Map<Transaction, Completed>();

  /** The same ledger, except that completions made through it are taken note of. */
  noted(ledger: JobLedger): JobLedger {
    const changed: Pick<JobLedger, 'pass' | 'succeed'> = {
      pass: async (request) => {
        const passed = await ledger.pass(request);
        if (passed) this.all.push(request);
        return passed;
      },
      succeed: async (tx, claim, progress) => {
        await ledger.succeed(tx, claim, progress);
        if (tx === null) this.all.push(claim);
        else this.#uncommitted.set(tx, claim);
      },
    };
    return new Proxy(ledger, {
      get: (target, name) => {
        const member: unknown = Reflect.get(changed, name) ?? Reflect.get(target, name);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
  }

  /** Takes note that a transaction has committed. */
  noteCommit(tx: Transaction): void {
    const completed = this.#uncommitted.get(tx);
    if (!completed) return;
    this.#uncommitted.delete(tx);
    this.all.push(completed);
  }
}
