import { GamekeeperError } from '@gamekeeper/core';
import { type OpenContext } from '@gamekeeper/core/ports';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import { setTimeout as pause } from 'node:timers/promises';
import { applyPending, type MigrationBlocker } from './apply-pending.ts';
import { LONG_LOCK_TIMEOUT_MS, isLockFailure, lockTimeout } from './lock-timeouts.ts';
import { lockHolders } from './lock-holders.ts';
import type { OwnOrm } from './open-orm.ts';
import { PostgresTransaction, type Sql } from './postgres-transaction.ts';
import { runTransaction } from './run-transaction.ts';

const RETRY_INTERVAL_MS = 250;
const LOG_INTERVAL_MS = 10_000;
const WAITING = 'another session holds a lock on the schema; waiting for it';

/** Thrown when another session held a lock that a migration needs for too long. */
export class MigrationTimeoutError extends GamekeeperError<'MIGRATION_TIMEOUT'> {
  constructor(schema: string, timeoutMs: number, { pending, holders }: MigrationBlocker) {
    const who = holders.join('; ') || 'unknown session: this role may not read pg_stat_activity';
    const what = pending.length > 0 ? ` with ${pending.join(', ')}` : '';
    super(
      'MIGRATION_TIMEOUT',
      `The schema "${schema}" was not migrated${what} within ${timeoutMs} ms, because another session holds a lock (${who}); let it finish or end it with pg_terminate_backend, or raise postgres.migrationTimeoutMs, then start again.`,
    );
  }
}

/** Options of {@link migrate}. */
export interface MigrateOptions extends Omit<OpenContext, 'migrate'> {
  readonly schema: string;
  readonly timeoutMs: number;
}

/**
 * Migrates the schema: all pending migrations in one transaction, by one instance at a time. Safe to call from every
 * instance at once.
 *
 * Nothing is locked if nothing is pending. Otherwise the lock ends with the transaction, so that a crash or a pooler
 * cannot leave it behind. While another session holds it, no connection is kept, and it is retried.
 *
 * @throws {MigrationTimeoutError} if another session held a lock for too long
 * @throws the signal's reason when it aborts during the wait
 */
export async function migrate(orm: OwnOrm, options: MigrateOptions): Promise<void> {
  await retryWhileLocked(orm, options, async (tx, onPending) => {
    const obstacle = await applyPending(tx, options.schema, onPending);
    return obstacle ? { obstacle } : { result: null };
  });
}

/**
 * Reads the schema in a transaction with a short lock timeout, and retries until `timeoutMs`.
 *
 * @throws {MigrationTimeoutError} if another session held a lock for too long
 * @throws the signal's reason when it aborts during the wait
 */
export async function readWithLockRetry<Result>(
  orm: OwnOrm,
  options: MigrateOptions,
  read: (tx: Sql) => Promise<Result>,
): Promise<Result> {
  return retryWhileLocked(orm, options, async (tx) => {
    await sql`select ${lockTimeout(LONG_LOCK_TIMEOUT_MS)}`.execute(tx);
    return { result: await read(tx) };
  });
}

type Attempt<Result> = (
  tx: Sql,
  onPending: (names: readonly string[]) => void,
) => Promise<{ readonly result: Result } | { readonly obstacle: MigrationBlocker }>;

async function retryWhileLocked<Result>(
  orm: OwnOrm,
  { schema, timeoutMs, logger, signal }: MigrateOptions,
  attempt: Attempt<Result>,
): Promise<Result> {
  const startedAt = performance.now();
  let nextLineAt = 0;
  for (;;) {
    signal.throwIfAborted();
    const attempted = await inTransaction(orm, schema, attempt);
    if ('result' in attempted) return attempted.result;
    const { obstacle } = attempted;
    const waitedMs = Math.round(performance.now() - startedAt);
    if (waitedMs >= timeoutMs) throw new MigrationTimeoutError(schema, timeoutMs, obstacle);
    if (waitedMs >= nextLineAt) {
      const fields = { schema, pending: obstacle.pending, heldBy: obstacle.holders, waitedMs, timeoutMs };
      // Instances that start together wait for the first of them: that needs no warning.
      if (nextLineAt === 0) logger.info(WAITING, fields);
      else logger.warn(WAITING, fields);
      nextLineAt = waitedMs + LOG_INTERVAL_MS;
    }
    await pause(Math.min(RETRY_INTERVAL_MS, timeoutMs - waitedMs), undefined, { signal }).catch(
      () => undefined,
    );
  }
}

/** Returns the result of an attempt in its own transaction, or what blocked it. */
async function inTransaction<Result>(
  orm: OwnOrm,
  schema: string,
  attempt: Attempt<Result>,
): Promise<{ readonly result: Result } | { readonly obstacle: MigrationBlocker }> {
  const em = orm.em.fork() as unknown as BasePostgreSqlEntityManager;
  const db = em.getKysely<unknown>();
  let pending: readonly string[] = [];
  try {
    return await runTransaction(
      db,
      () => em,
      async (tx) => {
        const open = await PostgresTransaction.of(tx).db();
        return attempt(open, (names) => (pending = names));
      },
    );
  } catch (error) {
    if (!isLockFailure(error)) throw error;
    return { obstacle: { pending, holders: await lockHolders(db, schema) } };
  }
}
