import { StoreUnavailableError, type Transaction } from '@gamekeeper/core';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/sql';
import type { ControlledTransaction } from 'kysely';
import { asUnavailable } from './failures.ts';
import { asLoginError } from './access-errors.ts';
import { PostgresTransaction, type Sql } from './postgres-transaction.ts';

/** A transaction that has begun, on a connection that is to be given back. */
interface OpenTransaction {
  readonly open: ControlledTransaction<unknown>;
  readonly release: () => Promise<void>;
}

/**
 * Does work in a transaction, which takes a connection and begins when the work first uses it.
 *
 * It reads what is committed at each statement, whatever the server's default is: a look under a lock sees what those who
 * held it before have left. A default of reading only is heeded: it keeps us from writing to a primary that a failover is
 * about to leave, or to a disk that is nearly full.
 *
 * It is `em.transactional` but for the connection: that one, and Kysely's own transactions, keep a connection that
 * broke for ever, until the pool has none left.
 *
 * @throws {StoreUnavailableError} when the connection was lost: all is undone, but for a loss in the very moment of the
 *   commit, of which nobody knows. Whatever else the work threw is thrown as it is: it may be about a connection to
 *   something else. A conflict with another transaction, too: whoever can repeat the work does
 *   ({@link repeatOnConflict}).
 */
export async function runTransaction<Result>(
  db: Sql,
  em: BasePostgreSqlEntityManager,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  let beginning: Promise<OpenTransaction> | undefined;
  const tx = PostgresTransaction.lazy(em, async () => {
    beginning = begin(db);
    const { open } = await beginning;
    em.setTransactionContext(open);
    return open;
  });
  const flushed = async (): Promise<Result> => {
    const result = await work(tx);
    if (tx.touched) await em.flush();
    await tx.assertUsable();
    return result;
  };
  const [outcome] = await Promise.allSettled([flushed()]);
  tx.end();
  const begun = await beginning?.catch(() => undefined);
  if (begun) await end(begun, outcome);
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

/** Connections of the pool may have died since their last use; nothing was done on them, and another one will do. */
async function begin(db: Sql): Promise<OpenTransaction> {
  for (let spare = 2; ; spare -= 1) {
    const { connection, giveBack } = await checkOutConnection(db);
    try {
      const beginning = connection.startTransaction().setIsolationLevel('read committed');
      return { open: await beginning.execute(), release: giveBack };
    } catch (error) {
      await giveBack();
      const reason = asUnavailable(error);
      if (spare === 0 || !(reason instanceof StoreUnavailableError)) throw reason;
    }
  }
}

/** A connection of the pool, until it is given back. */
async function checkOutConnection(
  db: Sql,
): Promise<{ readonly connection: Sql; readonly giveBack: () => Promise<void> }> {
  const taken = Promise.withResolvers<Sql>();
  const done = Promise.withResolvers<void>();
  const whole = db.connection().execute((connection) => {
    taken.resolve(connection);
    return done.promise;
  });
  whole.catch(taken.reject);
  const connection = await taken.promise.catch((error: unknown) => {
    throw asLoginError(error) ?? asUnavailable(error);
  });
  return {
    connection,
    giveBack: () => {
      done.resolve();
      return whole;
    },
  };
}

async function end(
  { open, release }: OpenTransaction,
  outcome: PromiseSettledResult<unknown>,
): Promise<void> {
  try {
    if (outcome.status === 'fulfilled') await commit(open);
    else await rollback(open, outcome.reason);
  } finally {
    await release();
  }
}

async function commit(open: OpenTransaction['open']): Promise<void> {
  try {
    await open.commit().execute();
  } catch (error) {
    await rollback(open, error);
    throw asUnavailable(error);
  }
}

/** A connection that cannot even roll back is gone, and whatever went wrong before went wrong for that reason. */
async function rollback(open: OpenTransaction['open'], reason: unknown): Promise<void> {
  try {
    await open.rollback().execute();
  } catch {
    throw reason instanceof StoreUnavailableError ? reason : new StoreUnavailableError('PostgreSQL', reason);
  }
}
