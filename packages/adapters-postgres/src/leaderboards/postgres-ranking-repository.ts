import type { Board, Instant, PeriodRecord, Standing, Transaction, UserId, XpAward } from '@gamekeeper/core';
import type {
  AwardOutcome,
  BoardPeriod,
  BoundedPeriod,
  ResolvedPeriod,
  NamedScore,
  Period,
  RankingRepository,
  ResetBatch,
  ResetProgress,
  Score,
  ScorePages,
  UnfinishedPeriod,
} from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { LONG_LOCK_TIMEOUT_MS, restoringLockTimeout, withRowLockedError } from '../database/lock-timeouts.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { PostgresTransaction, type Sql } from '../database/postgres-transaction.ts';
import { millis, timestamp, whole, type Tables } from '../database/sql.ts';
import { carryOverBatch } from './carry-over.ts';
import { lockPeriodForSeal, recordAward, lockOpenPeriods } from './record-award.ts';
import { findPeriod, lockOpenings, openPeriod } from './open-period.ts';
import { readAllScores } from './read-all-scores.ts';
import { selectScores } from './read-rankings.ts';
import { archiveBatch, clearBatch } from './reset-period.ts';

/** Scores, periods and archive on PostgreSQL. */
export class PostgresRankingRepository implements RankingRepository {
  readonly #database: PostgresDatabase;
  readonly #tables: Tables;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#tables = database.tables;
  }

  award(tx: Transaction, award: XpAward, boards: readonly Board[]): Promise<AwardOutcome> {
    return this.#database.within(tx, async (db) => {
      const filings = await lockOpenPeriods(db, this.#tables, this.#database.schema, boards, award);
      return recordAward(db, this.#tables, award, filings);
    });
  }

  periodAt(board: Board, at: Instant, tx?: Transaction): Promise<ResolvedPeriod> {
    return this.#database.within(tx, async (db) => {
      const { period, isStored } = await findPeriod(db, this.#tables, board, at);
      return { period, isStored };
    });
  }

  open(tx: Transaction, board: Board, at: Instant): Promise<Period> {
    return this.#step(tx, (db) =>
      withRowLockedError('The next period', () =>
        openPeriod(db, this.#tables, board, at, LONG_LOCK_TIMEOUT_MS),
      ),
    );
  }

  async xpOf(userId: UserId, tx?: Transaction): Promise<number> {
    const [row] = await this.#execute<{ xp: number }>(
      sql`select ${whole(sql`xp`)} as xp from ${this.#tables.progress} where user_id = ${userId}`,
      tx,
    );
    return row?.xp ?? 0;
  }

  scores(
    at: BoardPeriod,
    page: { readonly after?: Score; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly NamedScore[]> {
    return this.#execute(selectScores(this.#tables, at, page), tx);
  }

  async allScores(tx: Transaction, at: BoardPeriod): Promise<ScorePages> {
    return readAllScores(this.#database, tx, at);
  }

  unfinished(board: Board, through: Instant, tx?: Transaction): Promise<readonly UnfinishedPeriod[]> {
    // The board's part of the primary key: a row for each of its periods.
    return this.#execute(
      sql`
        select period as key, ${millis('starts_at')} as "startsAt", ${millis('ends_at')} as "endsAt",
          ${millis('sealed_at')} as "sealedAt", ${whole(sql`players`)} as players
        from ${this.#tables.periods}
        where board = ${board.key} and reset_at is null and ends_at <= ${timestamp(through)} order by starts_at
      `,
      tx,
    );
  }

  async seal(
    tx: Transaction,
    { board, period }: { readonly board: Board; readonly period: BoundedPeriod },
    tick: Instant,
    { dryRun = false }: { readonly dryRun?: boolean } = {},
  ): Promise<boolean> {
    // Primary key; locks the row of the period.
    const sealing = sql`
      update ${this.#tables.periods} set sealed_at = ${timestamp(tick)}
      where board = ${board.key} and period = ${period.key} and sealed_at is null
        and (${dryRun}::boolean or ends_at <= ${this.#tables.now})
      returning 1 as sealed
    `;
    return this.#step(tx, async (db) => {
      await lockPeriodForSeal(db, this.#database.schema, board.key, period.key);
      // Whoever opens an earlier period has done so before, and is seen by the reset, or passes it over.
      await withRowLockedError(`The periods of ${board.key}`, () => lockOpenings(db, this.#tables, board));
      const sealed = await withRowLockedError('The period', () => sealing.execute(db));
      return sealed.rows.length === 1;
    });
  }

  async archive(tx: Transaction, batch: ResetBatch): Promise<ResetProgress> {
    return this.#step(tx, (db) => archiveBatch(db, this.#tables, batch));
  }

  async carryOver(
    tx: Transaction,
    batch: ResetBatch & { readonly to: BoundedPeriod },
  ): Promise<ResetProgress> {
    return this.#step(tx, (db) => carryOverBatch(db, this.#database.schema, this.#tables, batch));
  }

  async clear(tx: Transaction, batch: ResetBatch): Promise<ResetProgress> {
    return this.#step(tx, (db) => clearBatch(db, this.#tables, batch));
  }

  async finish(
    tx: Transaction,
    { board, period }: { readonly board: Board; readonly period: BoundedPeriod },
    tick: Instant,
  ): Promise<void> {
    // Primary key; locks the row of the period.
    await this.#execute(
      sql`
        update ${this.#tables.periods} set reset_at = ${timestamp(tick)}
        where board = ${board.key} and period = ${period.key} and reset_at is null
      `,
      tx,
    );
  }

  async period(board: Board, key: string): Promise<PeriodRecord | null> {
    const [row] = await this.#execute<PeriodRecord>(this.#selectPeriods(board, sql`and period = ${key}`));
    return row ?? null;
  }

  periods(
    board: Board,
    { before, limit }: { readonly before?: string; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly PeriodRecord[]> {
    const { periods } = this.#tables;
    const start = sql`(select starts_at from ${periods} where board = ${board.key} and period = ${before})`;
    const until = before === undefined ? sql`` : sql`and starts_at < ${start}`;
    // The index on periods, backwards.
    return this.#execute(
      this.#selectPeriods(board, sql`${until} order by starts_at desc limit ${limit}`),
      tx,
    );
  }

  archived(
    { board, period }: { readonly board: Board; readonly period: string },
    { afterRank = 0, limit }: { readonly afterRank?: number; readonly limit: number },
  ): Promise<readonly Standing[]> {
    return this.#execute(
      this.#selectArchive(board, period, sql`and rank > ${afterRank} order by archived.rank limit ${limit}`),
    );
  }

  async archivedStanding(
    { board, period }: { readonly board: Board; readonly period: string },
    userId: UserId,
  ): Promise<Standing | null> {
    const [row] = await this.#execute<Standing>(
      this.#selectArchive(board, period, sql`and user_id = ${userId}`),
    );
    return row ?? null;
  }

  /** A step of a reset, none of which waits for long. */
  #step<Result>(tx: Transaction, work: (db: Sql) => Promise<Result>): Promise<Result> {
    return restoringLockTimeout(PostgresTransaction.of(tx), work);
  }

  #selectPeriods(board: Board, rest: RawBuilder<unknown>): RawBuilder<unknown> {
    return sql`
      select period as key, ${millis('starts_at')} as "startsAt", ${millis('ends_at')} as "endsAt",
        ${millis('sealed_at')} as "sealedAt", ${whole(sql`players`)} as players, ${millis('reset_at')} as "resetAt"
      from ${this.#tables.periods} where board = ${board.key} ${rest}
    `;
  }

  #selectArchive(board: Board, period: string, rest: RawBuilder<unknown>): RawBuilder<unknown> {
    return sql`
      select ${whole(sql`rank`)} as rank, user_id as "userId", username, ${whole(sql`score`)} as score,
        ${millis('last_xp_at')} as "lastXpAt"
      from ${this.#tables.archive} as archived where board = ${board.key} and period = ${period} ${rest}
    `;
  }

  async #execute<Row>(statement: RawBuilder<unknown>, tx?: Transaction): Promise<readonly Row[]> {
    const { rows } = await this.#database.within(tx, (db) => statement.execute(db));
    return rows as Row[];
  }
}
