import { GamekeeperError, type OpenContext } from '@gamekeeper/core';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/sql';
import { setTimeout as pause } from 'node:timers/promises';
import { applyPending, type Obstacle } from './apply-pending.ts';
import { isLockFailure } from './lock-waits.ts';
import { lockHolders } from './lock-holders.ts';
import type { OwnOrm } from './open-orm.ts';
import { PostgresTransaction } from './postgres-transaction.ts';
import { transact } from './transact.ts';

const TRY_EVERY_MS = 250;
const LOG_EVERY_MS = 10_000;
const WAITING = 'the schema is not up to date, and another session holds a lock; waiting for it';

/** Somebody else held a lock without which the schema could not be brought up to date, and for too long. */
export class MigrationTimeoutError extends GamekeeperError<'MIGRATION_TIMEOUT'> {
  constructor(schema: string, timeoutMs: number, { pending, holders }: Obstacle) {
    const who = holders.join('; ') || 'which one, this role may not see';
    const what = pending.length > 0 ? ` by ${pending.join(', ')}` : '';
    super(
      'MIGRATION_TIMEOUT',
      `The schema "${schema}" was not brought up to date${what} within ${timeoutMs} ms, because another session holds a lock (${who}); let it finish or end it with pg_terminate_backend, or raise postgres.migrationTimeoutMs, then start again.`,
    );
  }
}

/** What bringing a schema up to date needs to know. */
export interface MigrateOptions extends Omit<OpenContext, 'migrate'> {
  readonly schema: string;
  readonly timeoutMs: number;
}

/**
 * Brings the schema up to date: all that is missing in one transaction, by one instance at a time. Safe to call from
 * every instance at once.
 *
 * Nothing is locked where nothing is missing. Otherwise the lock lives and dies with the transaction, so that a crash
 * or a pooler cannot leave it behind, and while somebody else holds it no connection is kept: it is tried again.
 *
 * @throws {MigrationTimeoutError} when somebody else has held a lock for too long
 * @throws the signal's reason when it aborts while this waits
 */
export async function migrate(orm: OwnOrm, options: MigrateOptions): Promise<void> {
  const { schema, timeoutMs, logger, signal } = options;
  const startedAt = performance.now();
  let nextLineAt = 0;
  for (;;) {
    signal.throwIfAborted();
    const obstacle = await attempt(orm, schema);
    if (obstacle === null) return;
    const waitedMs = Math.round(performance.now() - startedAt);
    if (waitedMs >= timeoutMs) throw new MigrationTimeoutError(schema, timeoutMs, obstacle);
    if (waitedMs >= nextLineAt) {
      const fields = { schema, pending: obstacle.pending, heldBy: obstacle.holders, waitedMs, timeoutMs };
      // Instances that start together wait for the first of them: that is nothing to be warned of.
      if (nextLineAt === 0) logger.info(WAITING, fields);
      else logger.warn(WAITING, fields);
      nextLineAt = waitedMs + LOG_EVERY_MS;
    }
    await pause(Math.min(TRY_EVERY_MS, timeoutMs - waitedMs), undefined, { signal }).catch(() => undefined);
  }
}

/** What is in the way, or `null` when the schema is up to date. */
async function attempt(orm: OwnOrm, schema: string): Promise<Obstacle | null> {
  const em = orm.em.fork() as unknown as BasePostgreSqlEntityManager;
  const db = em.getKysely<unknown>();
  let pending: readonly string[] = [];
  try {
    return await transact(db, em, async (tx) => {
      const open = await PostgresTransaction.of(tx).db();
      return applyPending(open, schema, (names) => (pending = names));
    });
  } catch (error) {
    if (!isLockFailure(error)) throw error;
    return { pending, holders: await lockHolders(db, schema) };
  }
}
