import type { Division, Instant, SessionId, Transaction } from '@gamekeeper/core';
import type {
  Decision,
  SessionExpiryBatch,
  Outbox,
  QuizSession,
  SessionRepository,
} from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { changeAggregate } from '../database/change-aggregate.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { PostgresTransaction, type Sql } from '../database/postgres-transaction.ts';
import { millis, timestamp } from '../database/sql.ts';
import { isAnyDue } from '../database/due-rows.ts';
import { divideSweep } from '../database/sweep-parts.ts';
import { dueItems, sweepBatch, type SweepProgress } from '../database/sweep.ts';
import { sessionSweep } from './session-sweep.ts';

/** Quiz sessions on PostgreSQL. */
export class PostgresSessionRepository implements SessionRepository {
  readonly #database: PostgresDatabase;
  readonly #outbox: Outbox;

  constructor(database: PostgresDatabase, outbox: Outbox) {
    this.#database = database;
    this.#outbox = outbox;
  }

  async find(id: SessionId, tx?: Transaction): Promise<QuizSession | null> {
    const { rows } = await this.#database.within(tx, (db) => this.#select(sql`where id = ${id}`).execute(db));
    return rows[0] ?? null;
  }

  change<Answer>(
    tx: Transaction,
    id: SessionId,
    decide: (session: QuizSession | null) => Decision<QuizSession, Answer>,
  ): Promise<Answer> {
    return changeAggregate(tx, this.#outbox, decide, {
      // Primary key; locks the row until the transaction ends.
      lock: (db) => this.#select(sql`where id = ${id} for update`).execute(db),
      update: (db, session) => this.#update(db, session),
      insert: (db, session) => this.#insert(db, session),
    });
  }

  isAnyAbandoned(asOf: Instant): Promise<boolean> {
    return this.#database.within(undefined, (db) => isAnyDue(db, sessionSweep(this.#database.tables, asOf)));
  }

  expireDue(tx: Transaction, { asOf, ...batch }: SessionExpiryBatch): Promise<SweepProgress> {
    return sweepBatch(PostgresTransaction.of(tx), sessionSweep(this.#database.tables, asOf), batch);
  }

  listDue({ asOf, ...batch }: Omit<SessionExpiryBatch, 'only'>): Promise<readonly SessionId[]> {
    return this.#database.within(undefined, (db) =>
      dueItems(db, sessionSweep(this.#database.tables, asOf), batch),
    );
  }

  divideDue({ asOf, max }: { readonly asOf: Instant; readonly max: number }): Promise<Division> {
    const sweep = sessionSweep(this.#database.tables, asOf);
    return this.#database.within(undefined, (db) => divideSweep(db, sweep, max));
  }

  async list(
    { after, limit }: { readonly after?: SessionId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly QuizSession[]> {
    const from = after === undefined ? sql`` : sql`where id > ${after}`;
    const { rows } = await this.#database.within(tx, (db) =>
      this.#select(sql`${from} order by id limit ${limit}`).execute(db),
    );
    return rows;
  }

  #select(rest: RawBuilder<unknown>): RawBuilder<QuizSession> {
    return sql<QuizSession>`
      select id, user_id as "userId", status, ${millis('started_at')} as "startedAt",
        ${millis('expires_at')} as "expiresAt", ${millis('completed_at')} as "completedAt"
      from ${this.#database.tables.sessions} ${rest}
    `;
  }

  #update(db: Sql, { id, status, expiresAt, completedAt }: QuizSession): Promise<unknown> {
    return sql`
      update ${this.#database.tables.sessions}
      set status = ${status}, expires_at = ${timestamp(expiresAt)}, completed_at = ${timestamp(completedAt)}
      where id = ${id}
    `.execute(db);
  }

  #insert(db: Sql, session: QuizSession): Promise<{ readonly numAffectedRows?: bigint }> {
    const { id, userId, status, startedAt, expiresAt, completedAt } = session;
    return sql`
      insert into ${this.#database.tables.sessions} (id, user_id, status, started_at, expires_at, completed_at)
      values (${id}, ${userId}, ${status}, ${timestamp(startedAt)}, ${timestamp(expiresAt)}, ${timestamp(completedAt)})
      on conflict (id) do nothing
    `.execute(db);
  }
}
