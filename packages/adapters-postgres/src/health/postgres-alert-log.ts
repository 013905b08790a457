import { type AlertLag, type Transaction } from '@gamekeeper/core';
import {
  type PruneRequest,
  type AlertLog,
  type AlertOutcome,
  type AlertRecord,
  type ClaimedAlert,
  type RaisedAlert,
} from '@gamekeeper/core/ports';
import { subjectKey } from '@gamekeeper/core/engine';
import { sql, type RawBuilder } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { epochMs, interval, timestamp, whole, type Tables } from '../database/sql.ts';

/** Alerts on PostgreSQL: one row per alert and channel. Leases and delays are measured by the database's clock. */
export class PostgresAlertLog implements AlertLog {
  readonly #database: PostgresDatabase;
  readonly #tables: Tables;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#tables = database.tables;
  }

  async raise(tx: Transaction, alerts: readonly RaisedAlert[]): Promise<void> {
    const owed = alerts.flatMap(({ alert, deliveries }) =>
      deliveries.map((channel) => ({ alert, ...channel })),
    );
    if (owed.length === 0) return;
    // Primary key: waits for a concurrent transaction with the same row, then keeps that row.
    await this.#execute(
      sql`
        insert into ${this.#tables.alerts} (alert_key, channel, subject, alert, raised_at, due_at)
        select alert_key, channel, subject, alert::jsonb, raised_at::timestamptz(3), due_at::timestamptz(3)
        from unnest(
          ${owed.map(({ alert }) => alert.key)}::text[],
          ${owed.map(({ channel }) => channel)}::text[],
          ${owed.map(({ alert }) => subjectKey(alert))}::text[],
          ${owed.map(({ alert }) => JSON.stringify(alert))}::text[],
          ${owed.map(({ alert }) => new Date(alert.raisedAt).toISOString())}::text[],
          ${owed.map(({ notBefore }) => new Date(notBefore).toISOString())}::text[]
        ) with ordinality as owed (alert_key, channel, subject, alert, raised_at, due_at, position)
        order by position
        on conflict do nothing
      `,
      tx,
    );
  }

  async claim({
    channels,
    leaseMs,
    limit,
  }: Parameters<AlertLog['claim']>[0]): Promise<readonly ClaimedAlert[]> {
    const { alerts, now } = this.#tables;
    // Index on due alerts; locks the rows that it claims and skips rows that others are claiming.
    const claimed = await this.#execute<ClaimedAlert & { readonly position: number }>(sql`
      with due as materialized (
        select alert_key, channel from ${alerts} as owed
        where status = 'owed' and channel = any (${[...channels]}::text[]) and due_at <= ${now}
          and not exists (
            select from ${alerts} as earlier
            where earlier.status = 'owed' and earlier.channel = owed.channel and earlier.subject = owed.subject
              and earlier.position < owed.position
          )
        order by position limit ${limit} for update skip locked
      )
      update ${alerts} as claimed set attempts = attempts + 1, due_at = ${now} + ${interval(leaseMs)}
      from due where claimed.alert_key = due.alert_key and claimed.channel = due.channel
      returning claimed.alert, claimed.channel, claimed.attempts as attempt, ${whole(sql`claimed.position`)} as position
    `);
    return claimed
      .toSorted((a, b) => a.position - b.position)
      .map(({ alert, channel, attempt }) => ({ alert, channel, attempt }));
  }

  async complete(owed: readonly ClaimedAlert[], outcome: AlertOutcome): Promise<void> {
    if (owed.length === 0) return;
    // Primary key; locks the rows, in the order in which they were raised.
    await this.#execute(sql`
      with mine as materialized (
        select told.position from ${this.#tables.alerts} as told
        join unnest(
          ${owed.map(({ alert }) => alert.key)}::text[],
          ${owed.map(({ channel }) => channel)}::text[],
          ${owed.map(({ attempt }) => attempt)}::int[]
        ) as owed (alert_key, channel, attempt)
          on told.alert_key = owed.alert_key and told.channel = owed.channel and told.attempts = owed.attempt
        where told.status = 'owed' order by told.position for update of told
      )
      update ${this.#tables.alerts} as told set ${this.#outcome(outcome)}
      from mine where told.position = mine.position
    `);
  }

  async lag(): Promise<AlertLag> {
    const { alerts, now } = this.#tables;
    // Index on due alerts, which are few.
    const [lag] = await this.#execute<AlertLag>(sql`
      select ${whole(sql`pg_catalog.count(*)`)} as owed,
        ${whole(sql`greatest(0::bigint, ${epochMs(sql`${now} - pg_catalog.min(raised_at)`)})`)} as "oldestAgeMs"
      from ${alerts} where status = 'owed' and (attempts > 0 or due_at <= ${now})
    `);
    const { owed, oldestAgeMs } = lag!;
    return { owed, oldestAgeMs: owed > 0 ? oldestAgeMs : null };
  }

  async list({ limit }: { readonly limit: number }): Promise<readonly AlertRecord[]> {
    // Index on the position, backwards.
    return this.#execute<AlertRecord>(sql`
      select alert, channel, status, attempts, error from ${this.#tables.alerts} order by position desc limit ${limit}
    `);
  }

  async prune(tx: Transaction, { before, limit }: PruneRequest): Promise<number> {
    // There are few alerts: they are read from the oldest on, by the index on the position.
    const pruned = await this.#execute(
      sql`
        delete from ${this.#tables.alerts} where position = any (array(
          select position from ${this.#tables.alerts}
          where status <> 'owed' and raised_at < ${timestamp(before)} order by position limit ${limit}
          for update skip locked
        )) returning 1 as pruned
      `,
      tx,
    );
    return pruned.length;
  }

  #outcome(outcome: AlertOutcome): RawBuilder<unknown> {
    if (outcome.kind === 'delivered') return sql`status = 'delivered', error = null`;
    const error = sql`error = ${outcome.error.replaceAll('\0', '')}`;
    if (outcome.kind === 'given-up') return sql`status = 'given-up', ${error}`;
    return sql`due_at = ${this.#tables.now} + ${interval(outcome.retryInMs)}, ${error}`;
  }

  async #execute<Row>(statement: RawBuilder<unknown>, tx?: Transaction): Promise<readonly Row[]> {
    const { rows } = await this.#database.within(tx, (db) => statement.execute(db));
    return rows as Row[];
  }
}
