import type { Transaction } from '@gamekeeper/core';
import type { Decision, Outbox } from '@gamekeeper/core/ports';
import { PostgresTransaction, type Sql } from './postgres-transaction.ts';

/** The statements that keep one aggregate. */
export interface AggregateStatements<State> {
  /** Reads the row and locks it until the transaction ends. */
  readonly lock: (db: Sql) => Promise<{ readonly rows: readonly State[] }>;
  readonly update: (db: Sql, state: State) => Promise<unknown>;
  /** Does nothing, and affects no row, when the row has come to exist meanwhile. */
  readonly insert: (db: Sql, state: State) => Promise<{ readonly numAffectedRows?: bigint }>;
}

/** Locks an aggregate, lets the rule decide on what stands there, and writes what it decided, events included. */
export async function changeAggregate<State, Answer>(
  tx: Transaction,
  outbox: Outbox,
  decide: (state: State | null) => Decision<State, Answer>,
  { lock, update, insert }: AggregateStatements<State>,
): Promise<Answer> {
  const open = PostgresTransaction.of(tx);
  for (;;) {
    const { rows } = await open.within(lock);
    const stored = rows[0] ?? null;
    const { state, events = [], result } = decide(stored);
    if (state && stored) await open.within((db) => update(db, state));
    else if (state && (await open.within((db) => insert(db, state))).numAffectedRows !== 1n) {
      // Another transaction has created it since we looked: decide again on what it wrote.
      continue;
    }
    await outbox.append(tx, events);
    return result;
  }
}
