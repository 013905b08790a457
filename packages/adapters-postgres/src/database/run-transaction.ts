import { StoreUnavailableError, type Transaction } from '@gamekeeper/core';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/sql';
import type { ControlledTransaction } from 'kysely';
import { asUnavailable } from './failures.ts';
import { asLoginError } from './access-errors.ts';
import { PostgresTransaction, type Sql } from './postgres-transaction.ts';

/** A transaction that has begun, on a connection that must be released. */
interface OpenTransaction {
  readonly open: ControlledTransaction<unknown>;
  readonly release: () => Promise<void>;
}

/**
 * Runs work in a transaction, which takes a connection and begins when the work first uses it.
 *
 * It is READ COMMITTED, whatever the server's default is: a read under a lock sees what earlier holders of the lock
 * committed. A default of read-only is kept: it prevents writes to a primary before a failover, or to a disk that is
 * nearly full.
 *
 * Unlike `em.transactional` and Kysely's own transactions, it releases a broken connection; those leak it until the
 * pool is empty.
 *
 * @throws {StoreUnavailableError} if the connection was lost: everything is rolled back, unless the connection was lost
 * during COMMIT: then the outcome is unknown. Other errors of the work, including conflicts with other transactions,
 * are thrown unchanged: see {@link retryOnConflict}.
 */
export async function runTransaction<Result>(
  db: Sql,
  createEm: () => BasePostgreSqlEntityManager,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  let beginning: Promise<OpenTransaction> | undefined;
  let begunOn: ControlledTransaction<unknown> | undefined;
  const tx = PostgresTransaction.lazy(
    () => {
      const em = createEm();
      em.setTransactionContext(begunOn);
      return em;
    },
    async () => {
      beginning = begin(db);
      begunOn = (await beginning).open;
      return begunOn;
    },
  );
  const flushed = async (): Promise<Result> => {
    const result = await work(tx);
    await tx.flush();
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

/** Connections of the pool may have died since their last use; nothing was executed on them, so another one is tried. */
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

/** Takes a connection from the pool until it is released. */
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

/** A connection that cannot even roll back is lost, and the first error happened for that reason. */
async function rollback(open: OpenTransaction['open'], reason: unknown): Promise<void> {
  try {
    await open.rollback().execute();
  } catch {
    throw reason instanceof StoreUnavailableError ? reason : new StoreUnavailableError('PostgreSQL', reason);
  }
}
