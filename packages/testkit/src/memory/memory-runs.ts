import { later, type Claim, type Instant, type Json, type Run, type RunStatus } from '@gamekeeper/core';
import { MemoryTable, type MemoryTransaction } from './memory-database.ts';

/** A row of the ledger with what only the ledger reads. */
export interface RunRow extends Run {
  readonly checkpoint: Json;
  readonly leaseUntil: Instant | null;
}

/** The rows of a ledger, with what is asked for often at hand: by job, the running run and the newest of each kind. */
export class MemoryRuns {
  readonly #rows = new MemoryTable<RunRow>();
  readonly #running = new MemoryTable<RunRow>();
  readonly #lastSuccess = new MemoryTable<RunRow>();
  readonly #lastEnded = new MemoryTable<RunRow>();
  readonly #newest = new MemoryTable<RunRow>();

  at(job: string, tick: Instant): RunRow | undefined {
    return this.#rows.get(key(job, tick));
  }

  running(job: string): RunRow | undefined {
    return this.#running.get(job);
  }

  lastSuccess(job: string): RunRow | undefined {
    return this.#lastSuccess.get(job);
  }

  lastEnded(job: string): RunRow | undefined {
    return this.#lastEnded.get(job);
  }

  newest(job: string): RunRow | undefined {
    return this.#newest.get(job);
  }

  all(): Iterable<RunRow> {
    return this.#rows.values();
  }

  write(tx: MemoryTransaction, row: RunRow): void {
    this.#rows.set(tx, key(row.job, row.tick), row);
    keepNewest(tx, this.#newest, row);
    if (row.status === 'running') return this.#running.set(tx, row.job, row);
    if (this.#running.get(row.job)?.tick === row.tick) this.#running.delete(tx, row.job);
    if (row.status === 'succeeded') keepNewest(tx, this.#lastSuccess, row);
    if (row.status !== 'skipped') keepNewest(tx, this.#lastEnded, row);
  }

  /** Writes a run that had ended and is opened again: the ones before it are the last that have. */
  reopen(tx: MemoryTransaction, row: RunRow): void {
    this.write(tx, row);
    const forget = (table: MemoryTable<RunRow>, statuses: readonly RunStatus[]): void => {
      if (table.get(row.job)?.tick !== row.tick) return;
      table.delete(tx, row.job);
      for (const other of this.#rows.values())
        if (other.job === row.job && statuses.includes(other.status)) keepNewest(tx, table, other);
    };
    forget(this.#lastSuccess, ['succeeded']);
    forget(this.#lastEnded, ['succeeded', 'failed']);
  }

  /** Removes a row that is none of the newest. */
  remove(tx: MemoryTransaction, { job, tick }: RunRow): void {
    this.#rows.delete(tx, key(job, tick));
  }
}

function keepNewest(tx: MemoryTransaction, table: MemoryTable<RunRow>, row: RunRow): void {
  const newest = table.get(row.job);
  if (!newest || newest.tick <= row.tick) table.set(tx, row.job, row);
}

function key(job: string, tick: Instant): string {
  return `${job}@${tick}`;
}

/** What a tick has that no attempt was made at. */
export const neverRun = {
  status: 'skipped',
  fence: 0,
  owner: null,
  startedAt: null,
  leaseUntil: null,
  processed: 0,
  failedItems: 0,
  checkpoint: null,
} as const;

/** The next attempt at a run. */
export function nextAttempt(
  row: RunRow,
  { owner, leaseMs }: { readonly owner: string; readonly leaseMs: number },
  now: Instant,
): RunRow {
  return {
    ...row,
    status: 'running',
    fence: row.fence + 1,
    owner,
    leaseUntil: later(now, leaseMs),
    startedAt: row.startedAt ?? now,
    finishedAt: null,
    error: null,
  };
}

export function claimOf({ job, tick, fence, owner, checkpoint, processed }: RunRow): Claim {
  return { job, tick, fence, owner: owner ?? '', checkpoint, processed };
}

export function runOf({ checkpoint: _checkpoint, leaseUntil: _leaseUntil, ...run }: RunRow): Run {
  return run;
}
