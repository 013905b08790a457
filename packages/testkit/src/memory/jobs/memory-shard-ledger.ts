import {
  LeaseLostError,
  addMs,
  type Claim,
  type Instant,
  type Json,
  type ShardClaim,
  type Transaction,
} from '@gamekeeper/core';
import {
  dividedCheckpoint,
  nextOfDivided,
  type JoinedRun,
  type Progress,
  type Shard,
  type ShardClaimOutcome,
  type ShardEnd,
  type ShardLedger,
  type ShardRequest,
} from '@gamekeeper/core/ports';
import type { MemoryTransaction } from '../transactions/memory-database.ts';
import { addCounts } from './event-counts.ts';
import type { MemoryJobTables } from './memory-job-tables.ts';
import { claimOf, type RunRow } from './memory-runs.ts';
import { freeShard, isHeld, type ShardRow } from './memory-shards.ts';

/** The shards of divided runs in memory. Leases use the database's clock. */
export class MemoryShardLedger implements ShardLedger {
  readonly #tables: MemoryJobTables;

  constructor(tables: MemoryJobTables) {
    this.#tables = tables;
  }

  divide(
    claim: Claim,
    { parts, next }: { readonly parts: readonly Json[]; readonly next: Json },
    also?: (tx: Transaction) => Promise<void>,
  ): Promise<void> {
    const within = (given?: Transaction): Promise<void> =>
      this.#within(given, (tx) => {
        this.#divide(tx, claim, dividedCheckpoint(next));
        parts.forEach((part, index) => this.#tables.shards.write(tx, freeShard(claim, { index, part })));
      });
    if (!also) return within();
    return this.#tables.database.run(async (tx) => {
      await within(tx);
      await also(tx);
    });
  }

  divideAgain(claim: Claim): Promise<void> {
    return this.#within(undefined, (tx) => {
      const shards = this.#tables.shards.of(claim.job, claim.tick);
      const failed = shards.filter(({ status }) => status === 'failed');
      const run = this.#divide(tx, claim, claim.checkpoint);
      if (failed.length === 0) throw new LeaseLostError(claim);
      // Joining the run again adds the counts of all shards.
      this.#tables.runs.write(tx, { ...run, processed: run.processed - sum(shards, 'processed') });
      for (const shard of failed)
        this.#tables.shards.write(tx, { ...shard, status: 'open', finishedAt: null, error: null });
    });
  }

  claim({ job, tick, instanceId, leaseMs, index }: ShardRequest): Promise<ShardClaimOutcome> {
    return this.#within(undefined, (tx): ShardClaimOutcome => {
      const now = this.#now;
      const all = this.#tables.shards.of(job, tick);
      const open = all.filter((shard) => shard.status === 'open' && (index ?? shard.index) === shard.index);
      if (open.length === 0) return { kind: 'done' };
      if (this.#tables.isPaused(job)) return { kind: 'paused' };
      const free = open.find((shard) => !isHeld(shard, now));
      if (!free) return { kind: 'held', retryInMs: Math.min(...open.map((one) => one.leaseUntil! - now)) };
      const fence = free.fence + 1;
      const lease = { instanceId, leaseUntil: addMs(now, leaseMs), startedAt: free.startedAt ?? now };
      this.#tables.shards.write(tx, { ...free, ...lease, fence });
      const { checkpoint, processed, failedItems, part } = free;
      const shard = { index: free.index, count: all.length, part };
      return {
        kind: 'claimed',
        claim: { job, tick, fence, instanceId, checkpoint, processed, failedItems, shard },
      };
    });
  }

  renew(claim: ShardClaim, leaseMs: number): Promise<boolean> {
    return this.#within(undefined, (tx) => {
      const shard = this.#rowOf(claim);
      if (shard) this.#tables.shards.write(tx, { ...shard, leaseUntil: addMs(this.#now, leaseMs) });
      return shard !== undefined;
    });
  }

  advance(tx: Transaction | null, claim: ShardClaim, progress: Progress, leaseMs: number): Promise<void> {
    return this.#within(tx ?? undefined, (open) => {
      const leaseUntil = addMs(this.#now, leaseMs);
      const row = this.#rowOrThrow(claim);
      const eventsWritten = addCounts(row.eventsWritten, open.takeEvents());
      this.#tables.shards.write(open, { ...row, ...progress, eventsWritten, leaseUntil });
    });
  }

  end(claim: ShardClaim, { error, ...counts }: ShardEnd, leaseMs: number): Promise<JoinedRun | null> {
    return this.#within(undefined, (tx) => {
      const status = error === null ? 'succeeded' : 'failed';
      const finishedAt = this.#now;
      const shard = this.#rowOrThrow(claim);
      this.#tables.shards.write(tx, { ...shard, ...counts, status, error, finishedAt, leaseUntil: null });
      const shards = this.#tables.shards.of(claim.job, claim.tick);
      const run = this.#tables.runs.at(claim.job, claim.tick)!;
      if (shards.some((one) => one.status === 'open')) {
        this.#tables.runs.write(tx, { ...run, attemptedAt: this.#now });
        return null;
      }
      return this.#join(tx, run, shards, { instanceId: claim.instanceId, leaseMs });
    });
  }

  release(claim: ShardClaim): Promise<void> {
    return this.#within(undefined, (tx) => {
      const shard = this.#rowOf(claim);
      if (shard) this.#tables.shards.write(tx, { ...shard, leaseUntil: null });
    });
  }

  list(job: string, tick: Instant): Promise<readonly Shard[]> {
    return this.#within(undefined, () =>
      this.#tables.shards
        .of(job, tick)
        .map(
          ({ job: _job, tick: _tick, checkpoint: _checkpoint, eventsWritten: _events, ...shard }) => shard,
        ),
    );
  }

  get #now(): Instant {
    return this.#tables.database.clock.now();
  }

  #within<Result>(tx: Transaction | undefined, verb: (tx: MemoryTransaction) => Result): Promise<Result> {
    return this.#tables.database.within(tx, verb);
  }

  /** Gives the run of a claim away to its shards. */
  #divide(tx: MemoryTransaction, claim: Claim, checkpoint: Json): RunRow {
    const run = this.#tables.runs.held(claim);
    if (!run) throw new LeaseLostError(claim);
    const divided = { ...run, checkpoint, instanceId: null, leaseUntil: null };
    this.#tables.runs.write(tx, divided);
    return divided;
  }

  #join(
    tx: MemoryTransaction,
    run: RunRow,
    shards: readonly ShardRow[],
    { instanceId, leaseMs }: { readonly instanceId: string; readonly leaseMs: number },
  ): JoinedRun {
    const failures = shards.flatMap(({ index, error }) => (error === null ? [] : [{ index, error }]));
    const next = nextOfDivided(run.checkpoint) ?? null;
    const joined = {
      ...run,
      fence: run.fence + 1,
      instanceId,
      leaseUntil: addMs(this.#now, leaseMs),
      attemptedAt: this.#now,
      checkpoint: failures.length > 0 ? run.checkpoint : next,
      processed: run.processed + sum(shards, 'processed'),
      failedItems: sum(shards, 'failedItems'),
    };
    this.#tables.runs.write(tx, joined);
    return { claim: claimOf(joined), failures };
  }

  #rowOf({ job, tick, fence, shard: { index } }: ShardClaim): ShardRow | undefined {
    const row = this.#tables.shards.of(job, tick).find((one) => one.index === index);
    return row?.status === 'open' && row.fence === fence ? row : undefined;
  }

  #rowOrThrow(claim: ShardClaim): ShardRow {
    const row = this.#rowOf(claim);
    if (!row) throw new LeaseLostError(claim);
    return row;
  }
}

function sum(shards: readonly ShardRow[], count: 'processed' | 'failedItems'): number {
  return shards.reduce((total, shard) => total + shard[count], 0);
}
