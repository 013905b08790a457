import type { Transaction } from '@gamekeeper/core';
import type { Decision, Outbox } from '@gamekeeper/core/ports';
import { PostgresTransaction, type Sql } from './postgres-transaction.ts';

/** The SQL statements of one aggregate. */
export interface AggregateStatements<State> {
  /** Reads the row and locks it until the transaction ends. */
  readonly lock: (db: Sql) => Promise<{ readonly rows: readonly State[] }>;
  readonly update: (db: Sql, state: State) => Promise<unknown>;
  /** Affects no row if the row exists by now. */
  readonly insert: (db: Sql, state: State) => Promise<{ readonly numAffectedRows?: bigint }>;
}

/** Locks an aggregate, applies the rule to it, and writes the decision, including events. */
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
      // Another transaction has created the row meanwhile: decide again on its state.
      continue;
    }
    await outbox.append(tx, events);
    return result;
  }
}
