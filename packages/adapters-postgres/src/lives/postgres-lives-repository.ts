import type {
  Lives,
  Decision,
  LivesRepository,
  Outbox,
  RegenerateDue,
  RegenerateDueResult,
  Transaction,
  UserId,
} from '@gamekeeper/core';
import { sql, type RawBuilder } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { PostgresTransaction, type Sql } from '../database/postgres-transaction.ts';
import { millis, timestamp } from '../database/sql.ts';
import { LifeSweep } from './life-sweep.ts';

/** Lives on PostgreSQL. */
export class PostgresLivesRepository implements LivesRepository {
  readonly #database: PostgresDatabase;
  readonly #outbox: Outbox;
  readonly #sweep: LifeSweep;

  constructor(database: PostgresDatabase, outbox: Outbox) {
    this.#database = database;
    this.#outbox = outbox;
    this.#sweep = new LifeSweep(database.tables);
  }

  async find(userId: UserId, tx?: Transaction): Promise<Lives | null> {
    const { rows } = await this.#database.within(tx, (db) =>
      this.#select(sql`where user_id = ${userId}`).execute(db),
    );
    return rows[0] ?? null;
  }

  async change<Answer>(
    tx: Transaction,
    userId: UserId,
    decide: (lives: Lives | null) => Decision<Lives, Answer>,
  ): Promise<Answer> {
    const { db } = PostgresTransaction.of(tx);
    for (;;) {
      // Primary key; holds the row's lock until the transaction ends.
      const { rows } = await this.#select(sql`where user_id = ${userId} for update`).execute(db);
      const stored = rows[0] ?? null;
      const { state, events = [], answer } = decide(stored);
      if (state) {
        const written = stored ? await this.#update(db, state) : await this.#insert(db, state);
        // Another transaction has created the player since we looked: decide again on what it wrote.
        if (!written) continue;
      }
      await this.#outbox.append(tx, events);
      return answer;
    }
  }

  async regenerateDue(tx: Transaction, batch: RegenerateDue): Promise<RegenerateDueResult> {
    return this.#sweep.next(PostgresTransaction.of(tx).db, batch);
  }

  async list(
    { after, limit }: { readonly after?: UserId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly Lives[]> {
    const from = after === undefined ? sql`` : sql`where user_id > ${after}`;
    const { rows } = await this.#database.within(tx, (db) =>
      this.#select(sql`${from} order by user_id limit ${limit}`).execute(db),
    );
    return rows;
  }

  #select(rest: RawBuilder<unknown>): RawBuilder<Lives> {
    return sql<Lives>`
      select user_id as "userId", current_lives as "currentLives",
        ${millis('last_regen_at')} as "lastRegenAt", ${millis('next_regen_at')} as "nextRegenAt"
      from ${this.#database.tables.lives} ${rest}
    `;
  }

  async #update(db: Sql, { userId, currentLives, lastRegenAt, nextRegenAt }: Lives): Promise<boolean> {
    const updated = await sql`
      update ${this.#database.tables.lives}
      set current_lives = ${currentLives}, last_regen_at = ${timestamp(lastRegenAt)}, next_regen_at = ${timestamp(nextRegenAt)}
      where user_id = ${userId}
    `.execute(db);
    return updated.numAffectedRows === 1n;
  }

  async #insert(db: Sql, { userId, currentLives, lastRegenAt, nextRegenAt }: Lives): Promise<boolean> {
    const inserted = await sql`
      insert into ${this.#database.tables.lives} (user_id, current_lives, last_regen_at, next_regen_at)
      values (${userId}, ${currentLives}, ${timestamp(lastRegenAt)}, ${timestamp(nextRegenAt)})
      on conflict (user_id) do nothing
    `.execute(db);
    return inserted.numAffectedRows === 1n;
  }
}
