import type { Transaction } from '@gamekeeper/core';
import type { CacheUpdate, PendingCacheUpdate, PendingCacheUpdates } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { jsonb } from '../database/sql.ts';

/** Pending updates of the leaderboard cache on PostgreSQL, in `pending_cache_updates`. */
export class PostgresPendingCacheUpdates implements PendingCacheUpdates {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async append(tx: Transaction, { userId, ...change }: CacheUpdate): Promise<void> {
    // Inserts a row that no other transaction knows.
    await this.#database.within(tx, (db) =>
      sql`
        insert into ${this.#database.tables.pendingCacheUpdates} (user_id, change)
        values (${userId}, ${jsonb(change as never)})
      `.execute(db),
    );
  }

  async list(limit: number): Promise<readonly PendingCacheUpdate[]> {
    // Primary key; no locks.
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<PendingCacheUpdate>`
        select id::text as id, change || pg_catalog.jsonb_build_object('userId', user_id) as update
        from ${this.#database.tables.pendingCacheUpdates} as pending order by pending.id limit ${limit}
      `.execute(db),
    );
    return rows;
  }

  async remove(ids: readonly string[]): Promise<void> {
    // Primary key; locks the rows, in their order, unless another instance is removing them.
    const { pendingCacheUpdates } = this.#database.tables;
    await this.#database.within(undefined, (db) =>
      sql`
        delete from ${pendingCacheUpdates} where id in (
          select id from ${pendingCacheUpdates} where id = any (${[...ids]}::bigint[])
          order by id for update skip locked
        )
      `.execute(db),
    );
  }
}
