import type { Division, Streak, Transaction, UserId } from '@gamekeeper/core';
import type {
  ComparedStreak,
  Comparison,
  Decision,
  Outbox,
  StreakCounts,
  StreakEvaluationBatch,
  StreakRepository,
  StreakTrial,
} from '@gamekeeper/core/ports';
import type { StreakTick } from '@gamekeeper/core/game';
import { sql, type RawBuilder } from 'kysely';
import { changeAggregate } from '../database/change-aggregate.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { PostgresTransaction, type Sql } from '../database/postgres-transaction.ts';
import { millis, timestamp } from '../database/sql.ts';
import { isAnyDue } from '../database/due-rows.ts';
import { divideSweep } from '../database/sweep-parts.ts';
import { dueItems, sweepBatch, type SweepProgress } from '../database/sweep.ts';
import { PlayerRowMissingError } from '../mapping/mapping-errors.ts';
import type { ProgressColumns } from '../mapping/progress-table.ts';
import { compareTicks } from './compare-ticks.ts';
import { judgedDays } from './judged-days.ts';
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
    const { rows } = await this.#database.within(tx, (db) => this.#select(this.#is(userId)).execute(db));
    return rows[0] ?? null;
  }

  change<Answer>(
    tx: Transaction,
    userId: UserId,
    decide: (streak: Streak | null) => Decision<Streak, Answer>,
  ): Promise<Answer> {
    return changeAggregate(tx, { tables: this.#database.tables, outbox: this.#outbox }, decide, {
      // Primary key; locks the row until the transaction ends.
      lock: (db) => this.#lock(db, userId),
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

  divideDue({ tick, max }: { readonly tick: StreakTick; readonly max: number }): Promise<Division> {
    const sweep = streakSweep(this.#database.tables, tick);
    return this.#database.within(undefined, (db) => divideSweep(db, sweep, max));
  }

  compareTicks(trial: StreakTrial): Promise<Comparison<StreakCounts, ComparedStreak>> {
    return this.#database.within(undefined, (db) => compareTicks(db, this.#database.tables, trial));
  }

  async list(
    { after, limit }: { readonly after?: UserId; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly Streak[]> {
    const { id } = this.#columns;
    const from = after === undefined ? sql`` : sql`where ${id.isAfter(after)}`;
    const { rows } = await this.#database.within(tx, (db) =>
      this.#select(sql`${from} order by ${id.bytewise} limit ${limit}`).execute(db),
    );
    return rows;
  }

  get #columns(): ProgressColumns {
    return this.#database.tables.columns.progress;
  }

  #is(userId: UserId): RawBuilder<unknown> {
    const { id } = this.#columns;
    return sql`where ${id} = ${id.parameter(userId)}`;
  }

  async #lock(db: Sql, userId: UserId): Promise<{ readonly rows: readonly Streak[] }> {
    const locked = this.#select(sql`${this.#is(userId)} for update`);
    const found = await locked.execute(db);
    // The side table is read by a statement that begins after the wait for the lock.
    if (this.#columns.evaluatedOn || !found.rows[0]) return found;
    return this.#select(this.#is(userId)).execute(db);
  }

  #select(rest: RawBuilder<unknown>): RawBuilder<Streak> {
    const { id, currentStreak, longestStreak, lastQuizAt, protections, readEvaluatedOn } = this.#columns;
    return sql<Streak>`
      select ${id.read} as "userId", ${currentStreak} as "currentStreak", ${longestStreak} as "longestStreak",
        ${millis(lastQuizAt.read)} as "lastQuizAt", ${protections} as protections,
        pg_catalog.to_json(${readEvaluatedOn}) as "evaluatedOn"
      from ${this.#database.tables.progress} ${rest}
    `;
  }

  #update(db: Sql, streak: Streak): Promise<unknown> {
    const { currentStreak, longestStreak, lastQuizAt, protections, evaluatedOn, touch } = this.#columns;
    const { tables } = this.#database;
    const day = sql`select ${streak.userId}::text, ${streak.evaluatedOn}::date`;
    return sql`
      ${evaluatedOn ? sql`` : sql`with judged as (${judgedDays(tables, day)})`}
      update ${tables.progress} as player
      set ${currentStreak} = ${streak.currentStreak}, ${longestStreak} = ${streak.longestStreak},
        ${lastQuizAt} = ${lastQuizAt.write(timestamp(streak.lastQuizAt))}, ${protections} = ${streak.protections}
        ${evaluatedOn ? sql`, ${evaluatedOn} = ${streak.evaluatedOn}::date` : sql``} ${touch}
      ${this.#is(streak.userId)}
    `.execute(db);
  }

  async #insert(db: Sql, streak: Streak): Promise<{ readonly numAffectedRows?: bigint }> {
    const { id, username, evaluatedOn, createsRows, newColumns, newValues, ...columns } = this.#columns;
    const { tables } = this.#database;
    if (!createsRows) throw new PlayerRowMissingError(tables.progressName, streak.userId);
    const added = await sql`
      insert into ${tables.progress} (${id}, ${username}, ${columns.currentStreak}, ${columns.longestStreak},
        ${columns.lastQuizAt}, ${columns.protections} ${evaluatedOn ? sql`, ${evaluatedOn}` : sql``} ${newColumns})
      values (${id.parameter(streak.userId)}, ${streak.userId}, ${streak.currentStreak}, ${streak.longestStreak},
        ${columns.lastQuizAt.write(timestamp(streak.lastQuizAt))}, ${streak.protections}
        ${evaluatedOn ? sql`, ${streak.evaluatedOn}::date` : sql``} ${newValues})
      on conflict (${id}) do nothing
    `.execute(db);
    if (!evaluatedOn && added.numAffectedRows === 1n)
      await judgedDays(tables, sql`select ${streak.userId}::text, ${streak.evaluatedOn}::date`).execute(db);
    return added;
  }
}
