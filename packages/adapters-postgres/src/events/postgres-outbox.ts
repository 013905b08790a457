import type { DomainEvent, OutboxEntry, Transaction } from '@gamekeeper/core';
import type { PruneRequest, Outbox, StoredEvent } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { timestamp, whole } from '../database/sql.ts';
import { readEvents, readNewestEvents } from './read-events.ts';

/** The outbox on PostgreSQL. */
export class PostgresOutbox implements Outbox {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async append(tx: Transaction, events: readonly DomainEvent[]): Promise<number> {
    if (events.length === 0) return 0;
    const { outbox, now } = this.#database.tables;
    // Unique index on event_key: waits for a concurrent transaction with the same key, then ignores the event.
    const inserted = await this.#database.within(tx, (db) =>
      sql`
        insert into ${outbox} (event_key, type, payload, occurred_at, written_at)
        select event_key, type, payload::jsonb, occurred_at::timestamptz(3), (select ${now})
        from unnest(
          ${events.map(({ key }) => key)}::text[],
          ${events.map(({ type }) => type)}::text[],
          ${events.map(({ payload }) => JSON.stringify(payload))}::text[],
          ${events.map(({ occurredAt }) => new Date(occurredAt).toISOString())}::text[]
        ) with ordinality as event (event_key, type, payload, occurred_at, position)
        order by position
        on conflict (event_key) do nothing
      `.execute(db),
    );
    return Number(inserted.numAffectedRows ?? 0);
  }

  list({
    after = '0',
    limit,
  }: {
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly StoredEvent[]> {
    const { tables } = this.#database;
    return this.#database.within(undefined, (db) => readEvents(db, tables, { after, limit }));
  }

  newest(page: { readonly before?: string; readonly limit: number }): Promise<readonly OutboxEntry[]> {
    const { tables } = this.#database;
    return this.#database.within(undefined, (db) => readNewestEvents(db, tables, page));
  }

  async countByType(): Promise<Readonly<Record<string, number>>> {
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<{ type: string; count: number }>`
        select type, ${whole(sql`pg_catalog.count(*)`)} as count from ${this.#database.tables.outbox} group by type order by type
      `.execute(db),
    );
    return Object.fromEntries(rows.map(({ type, count }) => [type, count]));
  }

  async prune(tx: Transaction, { before, limit }: PruneRequest): Promise<number> {
    const { outbox } = this.#database.tables;
    // Primary key: reads from the oldest event on; almost all old events are delivered. Locks the removed rows, and
    // leaves locked ones to the next day's run.
    const pruned = await this.#database.within(tx, (db) =>
      sql`
        delete from ${outbox} where id in (
          select id from ${outbox} where published_at < ${timestamp(before)} order by id limit ${limit}
          for update skip locked
        )
      `.execute(db),
    );
    return Number(pruned.numAffectedRows ?? 0);
  }
}
