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

/** The transaction from which the running code was called. */
const current = new AsyncLocalStorage<MemoryTransaction>();

/** A call was made inside a transaction without passing it: it would wait for its own caller forever. */
export class NestedTransactionError extends GamekeeperError<'NESTED_TRANSACTION'> {
  constructor() {
    super(
      'NESTED_TRANSACTION',
      'A call was made inside a transaction without its tx; pass the tx that the work received.',
    );
  }
}

/**
 * A store in memory: tables that commit and roll back together. Transactions run one at a time, so each sees the
 * results of all earlier ones and nothing of later ones.
 */
export class MemoryDatabase implements Transactions, DryRuns {
  /** The store's own clock, used for leases. */
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

  /** Runs an operation in the given transaction, or in a new one. */
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

/** A transaction of a {@link MemoryDatabase}: records how to undo its changes. */
export class MemoryTransaction implements Transaction {
  readonly store = 'memory';
  #undo: (() => void)[] = [];
  readonly #told: DomainEvent[] = [];
  #counted = 0;
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

  /** The events that were written in the transaction. */
  get told(): readonly DomainEvent[] {
    return this.#told;
  }

  /** Returns how many events of each type were written since the last call. */
  takeEvents(): Readonly<Record<string, number>> {
    const fresh = this.#told.slice(this.#counted);
    this.#counted = this.#told.length;
    const counts: Record<string, number> = {};
    for (const { type } of fresh) counts[type] = (counts[type] ?? 0) + 1;
    return counts;
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
