import type { FailedItem, Instant, Transaction } from '@gamekeeper/core';
import type { PruneRequest, FailedItems } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import { SHORT_LOCK_TIMEOUT_MS, lockTimeoutCondition } from '../database/lock-timeouts.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { pruneRows } from '../database/prune-rows.ts';
import { millis, timestamp } from '../database/sql.ts';

/** Failed items on PostgreSQL, in `job_item_failures`. */
export class PostgresFailedItems implements FailedItems {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async record(tx: Transaction, { job, tick, item, error }: Omit<FailedItem, 'failedAt'>): Promise<void> {
    const { jobItemFailures, now } = this.#database.tables;
    // Primary key; locks the row of the item.
    await this.#database.within(tx, (db) =>
      sql`
        insert into ${jobItemFailures} (job, tick, item, error, failed_at)
        values (${job}, ${timestamp(tick)}, ${item}, ${error}, ${now})
        on conflict (job, tick, item) do update set error = excluded.error, failed_at = excluded.failed_at
      `.execute(db),
    );
  }

  async list(
    { job, tick }: Parameters<FailedItems['list']>[0],
    { after, limit }: Parameters<FailedItems['list']>[1],
  ): Promise<readonly FailedItem[]> {
    const ofTick = tick === undefined ? sql`` : sql`and tick = ${timestamp(tick)}`;
    const beyond = after
      ? sql`and (tick < ${timestamp(after.tick)} or (tick = ${timestamp(after.tick)} and item > ${after.item}))`
      : sql``;
    // Primary key; no locks.
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<FailedItem>`
        select job, ${millis('tick')} as tick, item, error, ${millis('failed_at')} as "failedAt"
        from ${this.#database.tables.jobItemFailures}
        where job = ${job} ${ofTick} ${beyond}
        order by job_item_failures.tick desc, item limit ${limit}
      `.execute(db),
    );
    return rows;
  }

  async remove(
    tx: Transaction,
    { job, tick, items }: { readonly job: string; readonly tick: Instant; readonly items: readonly string[] },
  ): Promise<void> {
    // Primary key; locks the removed rows, in the transaction that holds the locks of the items themselves.
    await this.#database.within(tx, (db) =>
      sql`
        delete from ${this.#database.tables.jobItemFailures}
        where ${lockTimeoutCondition(SHORT_LOCK_TIMEOUT_MS)} and job = ${job} and tick = ${timestamp(tick)} and item = any (${[...items]}::text[])
      `.execute(db),
    );
  }

  prune(tx: Transaction, cut: PruneRequest): Promise<number> {
    const { jobItemFailures } = this.#database.tables;
    return this.#database.within(tx, (db) => pruneRows(db, jobItemFailures, 'failed_at', cut));
  }
}
