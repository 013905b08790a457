import type { Instant } from '@gamekeeper/core';
import type { JobTicks, VerdictRecord } from '@gamekeeper/core/ports';
import { MemoryTable, type MemoryDatabase, type MemoryTransaction } from '../transactions/memory-database.ts';
import { MemoryRuns } from './memory-runs.ts';
import { MemoryShards } from './memory-shards.ts';

/** A job, with fields that only the store reads. */
export interface JobRow extends JobTicks {
  readonly registeredAt: Instant;
  readonly watermark: Instant;
  readonly pausedAt: Instant | null;
  readonly resumedAt: Instant | null;
  readonly prunedThrough: Instant | null;
}

/** The tables shared by the run ledger, the job registry and the verdict log. Initially empty. */
export class MemoryJobTables {
  readonly database: MemoryDatabase;
  readonly jobs: MemoryTable<JobRow> = new MemoryTable();
  readonly runs: MemoryRuns = new MemoryRuns();
  readonly shards: MemoryShards = new MemoryShards();
  readonly verdicts: MemoryTable<VerdictRecord> = new MemoryTable();

  constructor(database: MemoryDatabase) {
    this.database = database;
  }

  isPaused(job: string): boolean {
    return (this.jobs.get(job)?.pausedAt ?? null) !== null;
  }

  /** Returns whether a tick without a row had one that was pruned. */
  isPruned(job: string, tick: Instant): boolean {
    return tick <= (this.jobs.get(job)?.prunedThrough ?? -Infinity);
  }

  applyThrough(tx: MemoryTransaction, job: string, tick: Instant): void {
    const row = this.jobs.get(job);
    if (row && row.watermark < tick) this.jobs.set(tx, job, { ...row, watermark: tick });
  }
}
