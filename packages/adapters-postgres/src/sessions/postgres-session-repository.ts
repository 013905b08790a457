import type { Division, Instant, SessionId, Transaction, UserId } from '@gamekeeper/core';
import type {
  Decision,
  SessionExpiryBatch,
  Outbox,
  PlayerSessionsPage,
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
import type { SessionsColumns } from '../mapping/sessions-table.ts';
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
    const { rows } = await this.#database.within(tx, (db) => this.#select(this.#is(id)).execute(db));
    return rows[0] ?? null;
  }

  change<Answer>(
    tx: Transaction,
    id: SessionId,
    decide: (session: QuizSession | null) => Decision<QuizSession, Answer>,
  ): Promise<Answer> {
    return changeAggregate(tx, { tables: this.#database.tables, outbox: this.#outbox }, decide, {
      // Primary key; locks the row until the transaction ends.
      lock: (db) => this.#select(sql`${this.#is(id)} for update`).execute(db),
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
    const { id } = this.#columns;
    const from = after === undefined ? sql`` : sql`where ${id.isAfter(after)}`;
    const { rows } = await this.#database.within(tx, (db) =>
      this.#select(sql`${from} order by ${id.bytewise} limit ${limit}`).execute(db),
    );
    return rows;
  }

  /** Index quiz_sessions_by_player; in a table of the host's, an index on its players. */
  async listOf(player: UserId, { before, limit }: PlayerSessionsPage): Promise<readonly QuizSession[]> {
    const { id, userId, startedAt } = this.#columns;
    const start = startedAt.read;
    const at = before && timestamp(before.startedAt);
    const place = before
      ? sql`and ${start} <= ${at} and (${start} < ${at} or ${id.isAfter(before.id)})`
      : sql``;
    const { rows } = await this.#database.within(undefined, (db) =>
      this.#select(
        sql`
        where ${userId} = ${userId.parameter(player)} ${place} order by ${start} desc, ${id.bytewise} limit ${limit}
      `,
      ).execute(db),
    );
    return rows;
  }

  get #columns(): SessionsColumns {
    return this.#database.tables.columns.sessions;
  }

  #is(sessionId: SessionId): RawBuilder<unknown> {
    const { id } = this.#columns;
    return sql`where ${id} = ${id.parameter(sessionId)}`;
  }

  #select(rest: RawBuilder<unknown>): RawBuilder<QuizSession> {
    const { id, userId, readStatus, startedAt, expiresAt, completedAt } = this.#columns;
    return sql<QuizSession>`
      select ${id.read} as id, ${userId.read} as "userId", ${readStatus} as status,
        ${millis(startedAt.read)} as "startedAt", ${millis(expiresAt.read)} as "expiresAt",
        ${millis(completedAt.read)} as "completedAt"
      from ${this.#database.tables.sessions} ${rest}
    `;
  }

  #update(db: Sql, session: QuizSession): Promise<unknown> {
    const { status, statuses, expiresAt, completedAt, touch } = this.#columns;
    return sql`
      update ${this.#database.tables.sessions} as session
      set ${status} = ${statuses[session.status]}, ${expiresAt} = ${expiresAt.write(timestamp(session.expiresAt))},
        ${completedAt} = ${completedAt.write(timestamp(session.completedAt))} ${touch}
      ${this.#is(session.id)}
    `.execute(db);
  }

  #insert(db: Sql, session: QuizSession): Promise<{ readonly numAffectedRows?: bigint }> {
    const { id, userId, status, statuses, startedAt, expiresAt, completedAt, ...columns } = this.#columns;
    return sql`
      insert into ${this.#database.tables.sessions}
        (${id}, ${userId}, ${status}, ${startedAt}, ${expiresAt}, ${completedAt} ${columns.newColumns})
      values (${id.parameter(session.id)}, ${userId.parameter(session.userId)}, ${statuses[session.status]},
        ${startedAt.write(timestamp(session.startedAt))}, ${expiresAt.write(timestamp(session.expiresAt))},
        ${completedAt.write(timestamp(session.completedAt))} ${columns.newValues})
      on conflict (${id}) do nothing
    `.execute(db);
  }
}
