import {
  LeaseLostError,
  RunLockedError,
  type Claim,
  type Instant,
  type Json,
  type ShardClaim,
  type Transaction,
} from '@gamekeeper/core';
import type {
  JoinedRun,
  Progress,
  Shard,
  ShardClaimOutcome,
  ShardEnd,
  ShardLedger,
  ShardRequest,
} from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import { SHORT_LOCK_TIMEOUT_MS, isLockFailure, lockTimeoutCondition } from '../database/lock-timeouts.ts';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import { interval, millis, timestamp, whole, type Tables } from '../database/sql.ts';
import { claimShard } from './claim-shard.ts';
import { divideRun, divideRunAgain } from './divide-run.ts';
import { endShard, joinRun, lockDividedRun } from './end-shard.ts';
import { shardHeldBy } from './held-by.ts';
import { written } from './written-progress.ts';

/** The shards of divided runs on PostgreSQL, in `job_shards`. Leases are measured by the database's clock. */
export class PostgresShardLedger implements ShardLedger {
  readonly #database: PostgresDatabase;
  readonly #tables: Tables;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#tables = database.tables;
  }

  async divide(
    claim: Claim,
    division: { readonly parts: readonly Json[]; readonly next: Json },
    also?: (tx: Transaction) => Promise<void>,
  ): Promise<void> {
    const within = async (tx?: Transaction): Promise<void> => {
      const divided = await this.#database.within(tx, (db) => divideRun(db, this.#tables, claim, division));
      if (!divided) throw new LeaseLostError(claim);
    };
    if (!also) return within();
    await this.#database.run(async (tx) => {
      await within(tx);
      await also(tx);
    });
  }

  async divideAgain(claim: Claim): Promise<void> {
    const divided = await this.#within((db) => divideRunAgain(db, this.#tables, claim));
    if (!divided) throw new LeaseLostError(claim);
  }

  claim(request: ShardRequest): Promise<ShardClaimOutcome> {
    return this.#within((db) => claimShard(db, this.#tables, request));
  }

  async renew(claim: ShardClaim, leaseMs: number): Promise<boolean> {
    const { jobShards, now } = this.#tables;
    // Primary key; locks the shard's row.
    const { rows } = await this.#within((db) =>
      sql`
        update ${jobShards} set lease_until = ${now} + ${interval(leaseMs)} where ${shardHeldBy(claim)} returning 1
      `.execute(db),
    );
    return rows.length === 1;
  }

  /** Primary key; the shard's row is locked from here to the end of the batch's transaction. */
  async advance(
    tx: Transaction | null,
    claim: ShardClaim,
    progress: Progress,
    leaseMs: number,
  ): Promise<void> {
    const { jobShards, now } = this.#tables;
    const bound = tx ? lockTimeoutCondition(SHORT_LOCK_TIMEOUT_MS) : sql`true`;
    const recording = sql`
      update ${jobShards} set ${written(progress, tx)}, lease_until = ${now} + ${interval(leaseMs)}
      where ${bound} and ${shardHeldBy(claim)} returning 1
    `;
    const { rows: held } = await this.#database.within(tx ?? undefined, (db) =>
      recording.execute(db).catch((error: unknown) => {
        throw tx && isLockFailure(error) ? new RunLockedError(claim, error) : error;
      }),
    );
    if (held.length === 0) throw new LeaseLostError(claim);
  }

  end(claim: ShardClaim, end: ShardEnd, leaseMs: number): Promise<JoinedRun | null> {
    return this.#database.run((tx) =>
      this.#database.within(tx, async (db) => {
        const checkpoint = await lockDividedRun(db, this.#tables, claim);
        if (!(await endShard(db, this.#tables, claim, end))) throw new LeaseLostError(claim);
        return joinRun(db, this.#tables, claim, { checkpoint, leaseMs });
      }),
    );
  }

  async release(claim: ShardClaim): Promise<void> {
    // Primary key; locks the shard's row.
    await this.#within((db) =>
      sql`update ${this.#tables.jobShards} set lease_until = null where ${shardHeldBy(claim)}`.execute(db),
    );
  }

  async list(job: string, tick: Instant): Promise<readonly Shard[]> {
    // Primary key, without locks.
    const { rows } = await this.#within((db) =>
      sql<Shard>`
        select ${shardColumns} from ${this.#tables.jobShards}
        where job = ${job} and tick = ${timestamp(tick)} order by shard
      `.execute(db),
    );
    return rows;
  }

  #within<Result>(statement: (db: Sql) => Promise<Result>): Promise<Result> {
    return this.#database.within(undefined, statement);
  }
}

/** The columns of `job_shards` as core's `Shard`. */
const shardColumns: RawBuilder<unknown> = sql`
  shard as index, part, status, fence, owner as "instanceId",
  ${millis('lease_until')} as "leaseUntil", ${millis('started_at')} as "startedAt",
  ${millis('finished_at')} as "finishedAt",
  ${whole(sql`processed`)} as processed, ${whole(sql`failed_items`)} as "failedItems", error
`;
