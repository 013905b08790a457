import type { Board, Transaction, UserId, XpAward } from '@gamekeeper/core';
import type { AwardOutcome, AwardRepository, NewPlayer, PlayerAwardsPage } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { PostgresTransaction } from '../database/postgres-transaction.ts';
import { millis, timestamp, whole, type Tables } from '../database/sql.ts';
import { PeriodExpectations } from './expected-periods.ts';
import { holdPeriods } from './hold-periods.ts';
import { recordAward, recordCurrentAward } from './record-award.ts';

/** Awards on PostgreSQL. */
export class PostgresAwardRepository implements AwardRepository {
  readonly #database: PostgresDatabase;
  readonly #tables: Tables;
  readonly #expectations = new PeriodExpectations();

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#tables = database.tables;
  }

  record(
    tx: Transaction,
    award: XpAward,
    boards: readonly Board[],
    { protections }: NewPlayer = { protections: 0 },
  ): Promise<AwardOutcome> {
    const { isHostOwned, isDryRun } = PostgresTransaction.of(tx);
    const at = { tables: this.#tables, schema: this.#database.schema };
    this.#tables.columns.progress.id.check(award.userId);
    return this.#database.within(tx, async (db) => {
      // The one statement is for players' calls. A dry run has a snapshot, like many a transaction of a host.
      if (!isHostOwned && !isDryRun) {
        const expected = this.#expectations.of(boards, award.earnedAt);
        const outcome = await recordCurrentAward(db, at, award, { expected, protections });
        if (outcome) return outcome;
      }
      const filings = await holdPeriods(db, at, boards, award);
      this.#expectations.learn(filings);
      return recordAward(db, this.#tables, award, { filings, protections });
    });
  }

  recordAtOnce(
    award: XpAward,
    boards: readonly Board[],
    { protections }: NewPlayer = { protections: 0 },
  ): Promise<AwardOutcome | null> {
    const at = { tables: this.#tables, schema: this.#database.schema };
    this.#tables.columns.progress.id.check(award.userId);
    const expected = this.#expectations.of(boards, award.earnedAt);
    return this.#database.within(undefined, (db) =>
      recordCurrentAward(db, at, award, { expected, protections }),
    );
  }

  async xpOf(userId: UserId, tx?: Transaction): Promise<number> {
    // Primary key; no locks.
    const { progress, columns } = this.#tables;
    const { id, xp } = columns.progress;
    const { rows } = await this.#database.within(tx, (db) =>
      sql<{ readonly xp: number }>`
        select ${whole(xp)} as xp from ${progress} where ${id} = ${id.parameter(userId)}
      `.execute(db),
    );
    return rows[0]?.xp ?? 0;
  }

  /** Index xp_awards_by_player. */
  async listOf(userId: UserId, { before, limit }: PlayerAwardsPage): Promise<readonly XpAward[]> {
    const at = before && timestamp(before.earnedAt);
    const place = before
      ? sql`and earned_at <= ${at} and (earned_at < ${at} or award_id > ${before.awardId})`
      : sql``;
    const { rows } = await this.#database.within(undefined, (db) =>
      sql<XpAward>`
        select award_id as "awardId", user_id as "userId", ${whole(sql`amount`)} as amount, ${millis('earned_at')} as "earnedAt"
        from ${this.#tables.awards} where user_id = ${userId} ${place}
        order by earned_at desc, award_id limit ${limit}
      `.execute(db),
    );
    return rows;
  }
}
