import type { Instant, Transaction } from '@gamekeeper/core';
import type { JobRecord, JobRegistration, JobRegistry, JobSummary, JobTicks } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { hasSnapshot } from '../database/isolation.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { PostgresTransaction, type Sql } from '../database/postgres-transaction.ts';
import type { Tables } from '../database/sql.ts';
import { assertTickNotRun } from './assert-tick-not-run.ts';
import { readPulses, readRecords, readTicks, readWatermark } from './read-records.ts';
import { registerJobs } from './register-jobs.ts';

/** The registry of jobs on PostgreSQL. */
export class PostgresJobRegistry implements JobRegistry {
  readonly #database: PostgresDatabase;
  readonly #tables: Tables;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#tables = database.tables;
  }

  register(jobs: readonly JobRegistration[], now: Instant): Promise<void> {
    return this.#database.run((tx) =>
      this.#database.within(tx, (db) => registerJobs(db, this.#tables, jobs, now)),
    );
  }

  ticks(tx?: Transaction): Promise<readonly JobTicks[]> {
    return this.#look(tx, readTicks);
  }

  async watermark(
    job: string,
    tx?: Transaction,
    next: (after: Instant) => Instant | null = () => null,
  ): Promise<Instant | null> {
    const watermark = await this.#look(tx, (db, tables) => readWatermark(db, tables, job));
    // Ticks end in order: if this one has not ended, no later one has.
    const tick = watermark === null ? null : next(watermark);
    if (tx && tick !== null && PostgresTransaction.of(tx).isHostOwned) {
      await this.#database.within(tx, async (db) => {
        if (await hasSnapshot(db)) await assertTickNotRun(db, this.#tables, { job, tick });
      });
    }
    return watermark;
  }

  records(tx?: Transaction): Promise<readonly JobRecord[]> {
    return this.#look(tx, readRecords);
  }

  async summaries(): Promise<readonly JobSummary[]> {
    return this.#database.within(undefined, (db) => readPulses(db, this.#tables));
  }

  pause(job: string): Promise<boolean> {
    return this.#change(job, sql`paused_at = coalesce(paused_at, ${this.#tables.now})`);
  }

  resume(job: string): Promise<boolean> {
    const resumedAt = sql`case when paused_at is null then resumed_at else ${this.#tables.now} end`;
    return this.#change(job, sql`resumed_at = ${resumedAt}, paused_at = null`);
  }

  /** Primary key; locks the row of the job. */
  async #change(job: string, change: RawBuilder<unknown>): Promise<boolean> {
    const statement = sql`update ${this.#tables.jobs} set ${change} where job = ${job} returning 1 as changed`;
    const { rows } = await this.#database.within(undefined, (db) => statement.execute(db));
    return rows.length === 1;
  }

  #look<Read>(tx: Transaction | undefined, read: (db: Sql, tables: Tables) => Promise<Read>): Promise<Read> {
    return this.#database.read(tx, (db) => read(db, this.#tables));
  }
}
