import type { Streak, Transaction, UserId } from '@gamekeeper/core';
import type { Decision, StreakEvaluationBatch, Outbox, StreakRepository } from '@gamekeeper/core/ports';
import type { StreakTick } from '@gamekeeper/core/game';
import { sql, type RawBuilder } from 'kysely';
import { changeAggregate } from '../database/change-aggregate.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { PostgresTransaction, type Sql } from '../database/postgres-transaction.ts';
import { millis, timestamp } from '../database/sql.ts';
import { isAnyDue } from '../database/due-rows.ts';
import { dueItems, sweepBatch, type SweepProgress } from '../database/sweep.ts';
import { streakSweep } from './streak-sweep.ts';

/** Streaks on PostgreSQL, in the rows of `player_progress`. */
export class PostgresStreakRepository implements StreakRepository {
  readonly #database: PostgresDatabase;
  readonly #outbox: Outbox;

  constructor(database: PostgresDatabase, outbox: Outbox) {
    this.#database = database;
    this.#outbox = outbox;
  }

  async find(userId: UserId, tx?: Transaction): Promise<Streak | null> {
    const { rows } = await this.#database.within(tx, (db) =>
      this.#select(sql`where user_id = ${userId}`).execute(db),
    );
    return rows[0] ?? null;
  }

  change<Answer>(
    tx: Transaction,
    userId: UserId,
    decide: (streak: Streak | null) => Decision<Streak, Answer>,
  ): Promise<Answer> {
    return changeAggregate(tx, this.#outbox, decide, {
      // Primary key; locks the row until the transaction ends.
      lock: (db) => this.#select(sql`where user_id = ${userId} for update`).execute(db),
      update: (db, streak) => this.#update(db, streak),
      insert: (db, streak) => this.#insert(db, streak),
    });
  }

  isAnyInDanger(tick: StreakTick): Promise<boolean> {
    return this.#database.within(undefined, (db) => isAnyDue(db, streakSweep(this.#database.tables, tick)));
  }

  evaluateDue(tx: Transaction, { tick, ...batch }: StreakEvaluationBatch): Promise<SweepProgress> {
    return sweepBatch(PostgresTransaction.of(tx), streakSweep(this.#database.tables, tick), batch);
  }

  listDue({ tick, ...batch }: Omit<StreakEvaluationBatch, 'only'>): Promise<readonly UserId[]> {
    return this.#database.within(undefined, (db) =>
      dueItems(db, streakSweep(this.#database.tables, tick), batch),
    );
  }

  async list(
    { after, limit }: { readonly after?: UserId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly Streak[]> {
    const from = after === undefined ? sql`` : sql`where user_id > ${after}`;
    const { rows } = await this.#database.within(tx, (db) =>
      this.#select(sql`${from} order by user_id limit ${limit}`).execute(db),
    );
    return rows;
  }

  #select(rest: RawBuilder<unknown>): RawBuilder<Streak> {
    return sql<Streak>`
      select user_id as "userId", current_streak as "currentStreak", longest_streak as "longestStreak",
        ${millis('last_quiz_at')} as "lastQuizAt", streak_protections as protections,
        pg_catalog.to_json(streak_evaluated_on) as "evaluatedOn"
      from ${this.#database.tables.progress} ${rest}
    `;
  }

  #update(db: Sql, streak: Streak): Promise<{ readonly numAffectedRows?: bigint }> {
    return sql`
      update ${this.#database.tables.progress}
      set current_streak = ${streak.currentStreak}, longest_streak = ${streak.longestStreak},
        last_quiz_at = ${timestamp(streak.lastQuizAt)}, streak_protections = ${streak.protections},
        streak_evaluated_on = ${streak.evaluatedOn}::date
      where user_id = ${streak.userId}
    `.execute(db);
  }

  #insert(db: Sql, streak: Streak): Promise<{ readonly numAffectedRows?: bigint }> {
    return sql`
      insert into ${this.#database.tables.progress}
        (user_id, username, current_streak, longest_streak, last_quiz_at, streak_protections, streak_evaluated_on)
      values (${streak.userId}, ${streak.userId}, ${streak.currentStreak}, ${streak.longestStreak},
        ${timestamp(streak.lastQuizAt)}, ${streak.protections}, ${streak.evaluatedOn}::date)
      on conflict (user_id) do nothing
    `.execute(db);
  }
}
