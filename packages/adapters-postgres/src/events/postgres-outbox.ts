import type { DomainEvent, OutboxEntry, Transaction } from '@gamekeeper/core';
import type { PruneRequest, Outbox, StoredEvent } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { timestamp, whole } from '../database/sql.ts';
import { PostgresTransaction } from '../database/postgres-transaction.ts';
import { statement } from '../database/statement.ts';
import { eventParameters, insertedEvents, type EventParameters } from './insert-events.ts';
import { readEvents, readNewestEvents } from './read-events.ts';

const appendEvents = statement<EventParameters, { readonly type: string; readonly written: number }>(
  'append_events',
  (tables, p) => sql`
    with written as (${insertedEvents(tables, p)} returning type)
    select type, pg_catalog.count(*)::int as written from written group by type
  `,
);

/** The outbox on PostgreSQL. */
export class PostgresOutbox implements Outbox {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async append(tx: Transaction, events: readonly DomainEvent[]): Promise<number> {
    if (events.length === 0) return 0;
    const { tables } = this.#database;
    const open = PostgresTransaction.of(tx);
    const rows = await open.within((db) => appendEvents(db, tables, eventParameters(events)));
    open.countEvents(Object.fromEntries(rows.map(({ type, written }) => [type, written])));
    return rows.reduce((sum, { written }) => sum + written, 0);
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
        select type, ${whole(sql`pg_catalog.sum(size - erased)`)} as count from ${this.#database.tables.outbox} group by type order by type
      `.execute(db),
    );
    return Object.fromEntries(rows.map(({ type, count }) => [type, count]));
  }

  async prune(tx: Transaction, { before, limit }: PruneRequest): Promise<number> {
    const { outbox } = this.#database.tables;
    // Primary key: reads from the oldest event on; almost all old events are delivered. Locks the removed rows, and
    // leaves locked ones to the next day's run.
    const { rows } = await this.#database.within(tx, (db) =>
      sql<{ pruned: number }>`
        with pruned as (
          delete from ${outbox} where id = any (array(
            select id from ${outbox} where published_at < ${timestamp(before)} order by id limit ${limit}
            for update skip locked
          ))
          returning size - erased as events
        )
        select greatest(pg_catalog.sum(events), least(pg_catalog.count(*), 1))::int as pruned from pruned
      `.execute(db),
    );
    return rows[0]!.pruned;
  }
}
