import type { Transaction } from '@gamekeeper/core';
import type { DryRunResult } from '@gamekeeper/core/ports';
import type { BasePostgreSqlEntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import { readEvents } from '../events/read-events.ts';
import { PostgresTransaction, type Sql } from './postgres-transaction.ts';
import { retryOnConflict, type RetryDelays } from './retry-on-conflict.ts';
import type { Tables } from './sql.ts';
import { runTransaction } from './run-transaction.ts';

/** More events than a dry run has items. */
const ALL = 10_000_000;

/**
 * Runs work in a transaction that is rolled back. It has a snapshot from its beginning, so that new events in it are
 * its own; if another transaction changes a row first, all of it is repeated.
 */
export async function rehearse<Result>(
  db: Sql,
  em: () => BasePostgreSqlEntityManager,
  { tables, pauses }: { readonly tables: Tables; readonly pauses: RetryDelays },
  work: (tx: Transaction) => Promise<Result>,
): Promise<DryRunResult<Result>> {
  return retryOnConflict(pauses, () => runAndRollBack(db, em, tables, work));
}

async function runAndRollBack<Result>(
  db: Sql,
  em: () => BasePostgreSqlEntityManager,
  tables: Tables,
  work: (tx: Transaction) => Promise<Result>,
): Promise<DryRunResult<Result>> {
  let rehearsed: DryRunResult<Result> | undefined;
  const end = new Error('the dry run is over');
  await runTransaction(db, em, async (tx) => {
    const rehearsing = PostgresTransaction.of(tx).asDryRun();
    const open = await rehearsing.db();
    await sql`set transaction isolation level repeatable read`.execute(open);
    const after = await newestEvent(open, tables);
    const result = await work(rehearsing);
    const stored = await readEvents(open, tables, { after, limit: ALL });
    rehearsed = { result, events: stored.map(({ id: _id, ...event }) => event) };
    throw end;
  }).catch((error: unknown) => {
    if (error !== end) throw error;
  });
  return rehearsed!;
}

/** Returns the id of the newest event. Primary key, backwards. */
async function newestEvent(db: Sql, { outbox }: Tables): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select coalesce(pg_catalog.max(id), 0)::text as id from ${outbox}
  `.execute(db);
  return rows[0]!.id;
}
