import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ForeignTransactionError,
  GamekeeperError,
  TransactionEndedError,
  type Clock,
  type DomainEvent,
  type Transaction,
  type Transactions,
} from '@gamekeeper/core';
import { type DryRuns, type DryRunResult } from '@gamekeeper/core/ports';

/** The transaction that the running code was called from. */
const current = new AsyncLocalStorage<MemoryTransaction>();

/** A verb was called without the transaction that its caller is in: it would wait for its own caller for ever. */
export class NestedTransactionError extends GamekeeperError<'NESTED_TRANSACTION'> {
  constructor() {
    super(
      'NESTED_TRANSACTION',
      'A verb was called inside a transaction without it; pass the tx that the work was given.',
    );
  }
}

/**
 * A store in memory: tables that commit and roll back together. Transactions run one at a time, so each sees all
 * that came before it and nothing of those after.
 */
export class MemoryDatabase implements Transactions, DryRuns {
  /** The store's own clock: leases are measured by it. */
  readonly clock: Clock;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  async run<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    if (current.getStore()?.isOpen) throw new NestedTransactionError();
    const turn = this.#tail.then(() => this.#transact(work));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  async dryRun<Result>(work: (tx: Transaction) => Promise<Result>): Promise<DryRunResult<Result>> {
    let rehearsed: DryRunResult<Result> | undefined;
    const undone = new Error('rehearsed');
    await this.run(async (tx) => {
      const result = await work(tx);
      rehearsed = { result, events: MemoryTransaction.of(tx).told };
      throw undone;
    }).catch((error: unknown) => {
      if (error !== undone) throw error;
    });
    return rehearsed!;
  }

  /** Carries out a verb in the transaction it was given, or in one of its own. */
  within<Result>(tx: Transaction | undefined, verb: (tx: MemoryTransaction) => Result): Promise<Result> {
    const work = async (open: Transaction): Promise<Result> => verb(MemoryTransaction.of(open));
    return tx ? work(tx) : this.run(work);
  }

  async #transact<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    const tx = new MemoryTransaction();
    try {
      return await current.run(tx, () => work(tx));
    } catch (error) {
      tx.rollback();
      throw error;
    } finally {
      tx.end();
    }
  }
}

/** A transaction of a {@link MemoryDatabase}: remembers how to undo what was done in it. */
export class MemoryTransaction implements Transaction {
  readonly store = 'memory';
  #undo: (() => void)[] = [];
  readonly #told: DomainEvent[] = [];
  #open = true;
  #touched = false;

  /**
   * @throws {ForeignTransactionError} for a transaction of another store
   * @throws {TransactionEndedError} for one that has ended
   */
  static of(tx: Transaction): MemoryTransaction {
    if (!(tx instanceof MemoryTransaction)) throw new ForeignTransactionError('memory', tx);
    if (!tx.#open) throw new TransactionEndedError('memory');
    tx.#touched = true;
    return tx;
  }

  /** The events that were written in it. */
  get told(): readonly DomainEvent[] {
    return this.#told;
  }

  tell(event: DomainEvent): void {
    this.#told.push(event);
  }

  onRollback(undo: () => void): void {
    this.#undo.push(undo);
  }

  rollback(): void {
    for (const undo of this.#undo.reverse()) undo();
  }

  get touched(): boolean {
    return this.#touched;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  end(): void {
    this.#open = false;
    this.#undo = [];
  }
}

/** Rows by key, changed only inside transactions. */
export class MemoryTable<Row> {
  readonly #rows = new Map<string, Row>();

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  set(tx: MemoryTransaction, key: string, row: Row): void {
    const before = this.#rows.get(key);
    tx.onRollback(() => (before === undefined ? this.#rows.delete(key) : this.#rows.set(key, before)));
    this.#rows.set(key, row);
  }

  delete(tx: MemoryTransaction, key: string): void {
    const before = this.#rows.get(key);
    if (before === undefined) return;
    tx.onRollback(() => this.#rows.set(key, before));
    this.#rows.delete(key);
  }

  entries(): IterableIterator<[string, Row]> {
    return this.#rows.entries();
  }

  values(): IterableIterator<Row> {
    return this.#rows.values();
  }
}
