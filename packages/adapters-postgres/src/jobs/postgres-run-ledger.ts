import {
  LeaseLostError,
  RunLockedError,
  type Claim,
  type Instant,
  type Run,
  type SkipReason,
  type Transaction,
} from '@gamekeeper/core';
import type { ClaimOutcome, Progress, PruneRequest, RunLedger, RunsPage } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { isUniqueViolation } from '../database/failures.ts';
import { SHORT_LOCK_TIMEOUT_MS, isLockFailure, lockTimeoutCondition } from '../database/lock-timeouts.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { interval, millis, type Tables } from '../database/sql.ts';
import { beginRun, claimRun } from './claim-run.ts';
import { heldBy } from './held-by.ts';
import { listRuns } from './list-runs.ts';
import { pruneRuns } from './prune-runs.ts';
import { recordIdleTick } from './record-idle-tick.ts';
import { reopenRun } from './reopen-run.ts';
import { written } from './written-progress.ts';

/** The ledger on PostgreSQL. Ticks and leases are measured by the database's clock. */
export class PostgresRunLedger implements RunLedger {
  readonly #database: PostgresDatabase;
  readonly #tables: Tables;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#tables = database.tables;
  }

  async claim(request: Parameters<RunLedger['claim']>[0]): Promise<ClaimOutcome> {
    const begun = await this.#database.within(undefined, (db) => beginRun(db, this.#tables, request));
    if (begun) return begun;
    const claim = (): Promise<ClaimOutcome> =>
      this.#database.within(undefined, (db) => claimRun(db, this.#tables, request));
    try {
      return await claim();
    } catch (error) {
      // Another tick of the job began between our read and our write; it holds the job now.
      if (!isUniqueViolation(error)) throw error;
      return claim();
    }
  }

  async reopen(request: Parameters<RunLedger['reopen']>[0]): Promise<ClaimOutcome> {
    const { claim, running, status, aheadMs } = await this.#database
      .within(undefined, (db) => reopenRun(db, this.#tables, request))
      .catch((error: unknown) => {
        // Another tick of the job began between our read and our write.
        if (!isUniqueViolation(error)) throw error;
        return { claim: null, running: null, status: 'failed' as const, aheadMs: 0 };
      });
    if (aheadMs > 0) return { kind: 'ahead', retryInMs: aheadMs };
    if (claim) return { kind: 'claimed', claim };
    // The active run may be abandoned; it is then taken over.
    if (running !== null) return this.claim({ notBefore: request.tick, ...request, tick: running });
    return { kind: 'done', status: status === 'succeeded' || status === 'failed' ? status : 'skipped' };
  }

  recordIdleTick(request: Parameters<RunLedger['recordIdleTick']>[0]): Promise<boolean> {
    return this.#database.within(undefined, (db) => recordIdleTick(db, this.#tables, request));
  }

  async renew(claim: Claim, leaseMs: number): Promise<boolean> {
    const renewed = await this.#execute(sql`
      update ${this.#tables.jobRuns} set lease_until = ${this.#tables.now} + ${interval(leaseMs)}
      where ${heldBy(claim)} returning 1 as held
    `);
    return renewed.length === 1;
  }

  async advance(tx: Transaction | null, claim: Claim, progress: Progress, leaseMs: number): Promise<void> {
    const { now } = this.#tables;
    await this.#record(claim, sql`${written(progress, tx)}, lease_until = ${now} + ${interval(leaseMs)}`, tx);
  }

  succeed(tx: Transaction | null, claim: Claim, progress: Progress): Promise<void> {
    return this.#end(claim, sql`status = 'succeeded', error = null, ${written(progress, tx)}`, tx);
  }

  fail(claim: Claim, error: string): Promise<void> {
    // PostgreSQL's text type cannot store NUL characters.
    return this.#end(claim, sql`status = 'failed', error = ${error.replaceAll('\0', '')}`, null);
  }

  async release(claim: Claim): Promise<void> {
    await this.#execute(sql`
      update ${this.#tables.jobRuns} set lease_until = ${this.#tables.now} where ${heldBy(claim)}
    `);
  }

  async skip(job: string, ticks: readonly Instant[], reason: SkipReason): Promise<readonly Instant[]> {
    if (ticks.length === 0) return [];
    const recorded = await this.#execute<{ tick: Instant }>(sql`
      with skipped as (
        insert into ${this.#tables.jobRuns} (job, tick, status, fence, finished_at, error)
        select ${job}, tick, 'skipped', 0, at, ${reason}
        from ${this.#tables.now} as at,
          pg_catalog.unnest(${ticks.map((tick) => new Date(tick).toISOString())}::timestamptz[]) as tick
        where tick <= at and not exists (select from ${this.#tables.jobs} where job = ${job} and pruned_through >= tick)
        on conflict (job, tick) do nothing
        returning tick
      )
      select ${millis('tick')} as tick from skipped order by skipped.tick
    `);
    return recorded.map(({ tick }) => tick);
  }

  runs(job: string, page: RunsPage): Promise<readonly Run[]> {
    return this.#database.within(undefined, (db) => listRuns(db, this.#tables, job, page));
  }

  #end(claim: Claim, change: RawBuilder<unknown>, tx: Transaction | null): Promise<void> {
    return this.#record(claim, sql`${change}, finished_at = ${this.#tables.now}, lease_until = null`, tx);
  }

  /**
   * Primary key; the row is locked from here to the end of the batch's transaction. Inside a transaction, whose rows
   * players may need, the wait for the run's lock is short.
   */
  async #record(claim: Claim, change: RawBuilder<unknown>, tx: Transaction | null): Promise<void> {
    const bound = tx ? lockTimeoutCondition(SHORT_LOCK_TIMEOUT_MS) : sql`true`;
    const recording = sql`
      update ${this.#tables.jobRuns} set ${change} where ${bound} and ${heldBy(claim)} returning 1 as held
    `;
    const { rows: held } = await this.#database.within(tx ?? undefined, (db) =>
      recording.execute(db).catch((error: unknown) => {
        throw tx && isLockFailure(error) ? new RunLockedError(claim, error) : error;
      }),
    );
    if (held.length === 0) throw new LeaseLostError(claim);
  }

  prune(tx: Transaction, cut: PruneRequest): Promise<number> {
    return this.#database.within(tx, (db) => pruneRuns(db, this.#tables, cut));
  }

  async #execute<Row>(statement: RawBuilder<unknown>, tx?: Transaction | null): Promise<readonly Row[]> {
    const { rows } = await this.#database.within(tx ?? undefined, (db) => statement.execute(db));
    return rows as Row[];
  }
}
