import type { Transaction } from '@gamekeeper/core';
import type { Decision, Outbox } from '@gamekeeper/core/ports';
import { appendLog } from '../players/append-log.ts';
import { PostgresTransaction, type Sql } from './postgres-transaction.ts';
import type { Tables } from './sql.ts';

/** The SQL statements of one aggregate. */
export interface AggregateStatements<State> {
  /** Reads the row and locks it until the transaction ends. */
  readonly lock: (db: Sql) => Promise<{ readonly rows: readonly State[] }>;
  readonly update: (db: Sql, state: State) => Promise<unknown>;
  /** Affects no row if the row exists by now. */
  readonly insert: (db: Sql, state: State) => Promise<{ readonly numAffectedRows?: bigint }>;
}

/** Locks an aggregate, applies the rule to it, and writes the decision, including events and entries of the player's log. */
export async function changeAggregate<State, Answer>(
  tx: Transaction,
  { tables, outbox }: { readonly tables: Tables; readonly outbox: Outbox },
  decide: (state: State | null) => Decision<State, Answer>,
  { lock, update, insert }: AggregateStatements<State>,
): Promise<Answer> {
  const open = PostgresTransaction.of(tx);
  for (;;) {
    const { rows } = await open.within(lock);
    const stored = rows[0] ?? null;
    const { state, events = [], log = [], result } = decide(stored);
    if (state && stored) await open.within((db) => update(db, state));
    else if (state && (await open.within((db) => insert(db, state))).numAffectedRows !== 1n) {
      // Another transaction has created the row meanwhile: decide again on its state.
      continue;
    }
    await outbox.append(tx, events);
    if (log.length > 0) await open.within((db) => appendLog(db, tables, log));
    return result;
  }
}
