import type {
  BatchProgress,
  Division,
  Instant,
  Lives,
  LivesRules,
  Transaction,
  UserId,
} from '@gamekeeper/core';
import type {
  ComparedLives,
  Comparison,
  Decision,
  LivesCounts,
  LivesTrial,
  PruneRequest,
  LivesRepository,
  Outbox,
  LifeRegenerationBatch,
} from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { changeAggregate } from '../database/change-aggregate.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { pruneRows } from '../database/prune-rows.ts';
import { PostgresTransaction, type Sql } from '../database/postgres-transaction.ts';
import { millis, timestamp } from '../database/sql.ts';
import { isAnyDue } from '../database/due-rows.ts';
import { divideSweep } from '../database/sweep-parts.ts';
import { dueItems, sweepBatch } from '../database/sweep.ts';
import type { LivesColumns } from '../mapping/lives-table.ts';
import { PlayerRowMissingError } from '../mapping/mapping-errors.ts';
import { compareRules } from './compare-rules.ts';
import { completeSpend, reserveSpend } from './life-spends.ts';
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
    const { rows } = await this.#database.within(tx, (db) => this.#select(this.#is(userId)).execute(db));
    return rows[0] ?? null;
  }

  change<Answer>(
    tx: Transaction,
    userId: UserId,
    decide: (lives: Lives | null) => Decision<Lives, Answer>,
  ): Promise<Answer> {
    return changeAggregate(tx, { tables: this.#database.tables, outbox: this.#outbox }, decide, {
      // Primary key; locks the row until the transaction ends.
      lock: (db) => this.#select(sql`${this.#is(userId)} for update`).execute(db),
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
    return this.#database.within(tx, (db) =>
      pruneRows(db, this.#database.tables.lifeSpends, 'recorded_at', cut),
    );
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

  divideDue({
    max,
    ...batch
  }: {
    readonly asOf: Instant;
    readonly rules: LivesRules;
    readonly max: number;
  }): Promise<Division> {
    const sweep = lifeSweep(this.#database.tables, batch);
    return this.#database.within(undefined, (db) => divideSweep(db, sweep, max));
  }

  compareRules(trial: LivesTrial): Promise<Comparison<LivesCounts, ComparedLives>> {
    return this.#database.within(undefined, (db) => compareRules(db, this.#database.tables, trial));
  }

  async list(
    { after, limit }: { readonly after?: UserId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly Lives[]> {
    const { id } = this.#columns;
    const from = after === undefined ? sql`` : sql`where ${id.isAfter(after)}`;
    const { rows } = await this.#database.within(tx, (db) =>
      this.#select(sql`${from} order by ${id.bytewise} limit ${limit}`).execute(db),
    );
    return rows;
  }

  get #columns(): LivesColumns {
    return this.#database.tables.columns.lives;
  }

  #is(userId: UserId): RawBuilder<unknown> {
    const { id } = this.#columns;
    return sql`where ${id} = ${id.parameter(userId)}`;
  }

  #select(rest: RawBuilder<unknown>): RawBuilder<Lives> {
    const { id, currentLives, lastRegenAt, nextRegenAt } = this.#columns;
    return sql<Lives>`
      select ${id.read} as "userId", ${currentLives} as "currentLives",
        ${millis(lastRegenAt.read)} as "lastRegenAt", ${millis(nextRegenAt.read)} as "nextRegenAt"
      from ${this.#database.tables.lives} ${rest}
    `;
  }

  #update(db: Sql, lives: Lives): Promise<unknown> {
    const { currentLives, lastRegenAt, nextRegenAt, touch } = this.#columns;
    return sql`
      update ${this.#database.tables.lives} as lives
      set ${currentLives} = ${lives.currentLives}, ${lastRegenAt} = ${lastRegenAt.write(timestamp(lives.lastRegenAt))},
        ${nextRegenAt} = ${nextRegenAt.write(timestamp(lives.nextRegenAt))} ${touch}
      ${this.#is(lives.userId)}
    `.execute(db);
  }

  async #insert(db: Sql, lives: Lives): Promise<{ readonly numAffectedRows?: bigint }> {
    const { id, currentLives, lastRegenAt, nextRegenAt, createsRows, newColumns, newValues } = this.#columns;
    if (!createsRows) throw new PlayerRowMissingError(this.#database.tables.livesName, lives.userId);
    return sql`
      insert into ${this.#database.tables.lives} (${id}, ${currentLives}, ${lastRegenAt}, ${nextRegenAt} ${newColumns})
      values (${id.parameter(lives.userId)}, ${lives.currentLives}, ${lastRegenAt.write(timestamp(lives.lastRegenAt))},
        ${nextRegenAt.write(timestamp(lives.nextRegenAt))} ${newValues})
      on conflict (${id}) do nothing
    `.execute(db);
  }
}
