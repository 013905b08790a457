import type { BatchProgress, Instant, Lives, LivesRules, Transaction, UserId } from '@gamekeeper/core';
import type {
  PruneRequest,
  Decision,
  LivesRepository,
  Outbox,
  LifeRegenerationBatch,
} from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { changeAggregate } from '../database/change-aggregate.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { PostgresTransaction, type Sql } from '../database/postgres-transaction.ts';
import { millis, timestamp } from '../database/sql.ts';
import { isAnyDue } from '../database/due-rows.ts';
import { dueItems, sweepBatch } from '../database/sweep.ts';
import { completeSpend, pruneSpends, reserveSpend } from './life-spends.ts';
import { lifeSweep } from './life-sweep.ts';

/** Lives on PostgreSQL. */
export class PostgresLivesRepository implements LivesRepository {
  readonly #database: PostgresDatabase;
  readonly #outbox: Outbox;

  constructor(database: PostgresDatabase, outbox: Outbox) {
    this.#database = database;
    this.#outbox = outbox;
  }

  async find(userId: UserId, tx?: Transaction): Promise<Lives | null> {
    const { rows } = await this.#database.within(tx, (db) =>
      this.#select(sql`where user_id = ${userId}`).execute(db),
    );
    return rows[0] ?? null;
  }

  change<Answer>(
    tx: Transaction,
    userId: UserId,
    decide: (lives: Lives | null) => Decision<Lives, Answer>,
  ): Promise<Answer> {
    return changeAggregate(tx, this.#outbox, decide, {
      // Primary key; locks the row until the transaction ends.
      lock: (db) => this.#select(sql`where user_id = ${userId} for update`).execute(db),
      update: (db, lives) => this.#update(db, lives),
      insert: (db, lives) => this.#insert(db, lives),
    });
  }

  async reserveSpend(tx: Transaction, userId: UserId, idempotencyKey: string): Promise<Lives | null> {
    return this.#database.within(tx, (db) =>
      reserveSpend(db, this.#database.tables, { userId, idempotencyKey }),
    );
  }

  async completeSpend(
    tx: Transaction,
    userId: UserId,
    { idempotencyKey, lives }: { readonly idempotencyKey: string; readonly lives: Lives | null },
  ): Promise<void> {
    await this.#database.within(tx, (db) =>
      completeSpend(db, this.#database.tables, { userId, idempotencyKey }, lives),
    );
  }

  async pruneSpends(tx: Transaction, cut: PruneRequest): Promise<number> {
    return this.#database.within(tx, (db) => pruneSpends(db, this.#database.tables, cut));
  }

  isAnyDue(asOf: Instant, rules: LivesRules): Promise<boolean> {
    const sweep = lifeSweep(this.#database.tables, { asOf, rules });
    return this.#database.within(undefined, (db) => isAnyDue(db, sweep));
  }

  async regenerateDue(tx: Transaction, batch: LifeRegenerationBatch): Promise<BatchProgress> {
    return sweepBatch(PostgresTransaction.of(tx), lifeSweep(this.#database.tables, batch), batch);
  }

  listDue(batch: Omit<LifeRegenerationBatch, 'only'>): Promise<readonly UserId[]> {
    return this.#database.within(undefined, (db) =>
      dueItems(db, lifeSweep(this.#database.tables, batch), batch),
    );
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

  #update(db: Sql, { userId, currentLives, lastRegenAt, nextRegenAt }: Lives): Promise<unknown> {
    return sql`
      update ${this.#database.tables.lives}
      set current_lives = ${currentLives}, last_regen_at = ${timestamp(lastRegenAt)},
        next_regen_at = ${timestamp(nextRegenAt)}
      where user_id = ${userId}
    `.execute(db);
  }

  #insert(
    db: Sql,
    { userId, currentLives, lastRegenAt, nextRegenAt }: Lives,
  ): Promise<{ readonly numAffectedRows?: bigint }> {
    return sql`
      insert into ${this.#database.tables.lives} (user_id, current_lives, last_regen_at, next_regen_at)
      values (${userId}, ${currentLives}, ${timestamp(lastRegenAt)}, ${timestamp(nextRegenAt)})
      on conflict (user_id) do nothing
    `.execute(db);
  }
}
