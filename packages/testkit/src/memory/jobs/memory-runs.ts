import { addMs, type Claim, type Instant, type Json, type Run } from '@gamekeeper/core';
import { RECENT_RUNS, type RecentRun } from '@gamekeeper/core/ports';
import type { EventCounts } from './event-counts.ts';
import { MemoryTable, type MemoryTransaction } from '../transactions/memory-database.ts';

/** A row of the ledger, with fields that only the ledger reads. */
export interface RunRow extends Run {
  readonly checkpoint: Json;
  readonly leaseUntil: Instant | null;
  readonly eventsWritten: EventCounts;
}

/** The rows of a ledger, indexed for frequent queries: by job, the active run and the newest run of each kind. */
export class MemoryRuns {
  readonly #rows = new MemoryTable<RunRow>();
  readonly #running = new MemoryTable<RunRow>();
  readonly #lastSuccess = new MemoryTable<RunRow>();
  readonly #recent = new MemoryTable<readonly EndedRow[]>();
  readonly #newest = new MemoryTable<RunRow>();

  at(job: string, tick: Instant): RunRow | undefined {
    return this.#rows.get(key(job, tick));
  }

  /** Returns the run of a claim, unless another attempt has taken it over or it was divided. */
  held({ job, tick, fence }: Claim): RunRow | undefined {
    const row = this.at(job, tick);
    return row?.status === 'running' && row.fence === fence && row.leaseUntil !== null ? row : undefined;
  }

  running(job: string): RunRow | undefined {
    return this.#running.get(job);
  }

  allRunning(): Iterable<RunRow> {
    return this.#running.values();
  }

  lastSuccess(job: string): RunRow | undefined {
    return this.#lastSuccess.get(job);
  }

  /** Returns the newest runs that ended, newest tick first. */
  recent(job: string): readonly EndedRow[] {
    return this.#recent.get(job) ?? [];
  }

  newest(job: string): RunRow | undefined {
    return this.#newest.get(job);
  }

  all(): Iterable<RunRow> {
    return this.#rows.values();
  }

  write(tx: MemoryTransaction, row: RunRow): void {
    const before = this.at(row.job, row.tick);
    this.#rows.set(tx, key(row.job, row.tick), row);
    keepNewest(tx, this.#newest, row);
    if (row.status === 'running') this.#running.set(tx, row.job, row);
    else if (this.#running.get(row.job)?.tick === row.tick) this.#running.delete(tx, row.job);
    if (hasEnded(row)) this.#keepEnded(tx, row);
    else if (before && hasEnded(before)) this.#forgetEnded(tx, row.job);
  }

  /** Removes a row that is older than the newest success. */
  remove(tx: MemoryTransaction, { job, tick }: RunRow): void {
    this.#rows.delete(tx, key(job, tick));
    if (this.recent(job).some((row) => row.tick === tick)) this.#forgetEnded(tx, job);
  }

  #keepEnded(tx: MemoryTransaction, row: EndedRow): void {
    if (row.status === 'succeeded') keepNewest(tx, this.#lastSuccess, row);
    const others = this.recent(row.job).filter(({ tick }) => tick !== row.tick);
    const place = others.findIndex(({ tick }) => tick < row.tick);
    const recent = others.toSpliced(place < 0 ? others.length : place, 0, row);
    this.#recent.set(tx, row.job, recent.slice(0, RECENT_RUNS));
  }

  /** An ended run was reopened or removed: older ones may now be among the newest. */
  #forgetEnded(tx: MemoryTransaction, job: string): void {
    this.#recent.delete(tx, job);
    this.#lastSuccess.delete(tx, job);
    for (const row of this.#rows.values()) if (row.job === job && hasEnded(row)) this.#keepEnded(tx, row);
  }
}

/** A row of a run that ended. */
type EndedRow = RunRow & Pick<RecentRun, 'status'>;

function hasEnded(row: RunRow): row is EndedRow {
  return row.status === 'succeeded' || row.status === 'failed';
}

function keepNewest(tx: MemoryTransaction, table: MemoryTable<RunRow>, row: RunRow): void {
  const newest = table.get(row.job);
  if (!newest || newest.tick <= row.tick) table.set(tx, row.job, row);
}

function key(job: string, tick: Instant): string {
  return `${job}@${tick}`;
}

/** The fields of a tick without attempts. */
export const neverRun = {
  status: 'skipped',
  fence: 0,
  instanceId: null,
  startedAt: null,
  attemptedAt: null,
  leaseUntil: null,
  processed: 0,
  failedItems: 0,
  checkpoint: null,
  eventsWritten: {},
} as const;

/** Returns the next attempt at a run. */
export function nextAttempt(
  row: RunRow,
  { instanceId, leaseMs }: { readonly instanceId: string; readonly leaseMs: number },
  now: Instant,
): RunRow {
  return {
    ...row,
    status: 'running',
    fence: row.fence + 1,
    instanceId,
    leaseUntil: addMs(now, leaseMs),
    startedAt: row.startedAt ?? now,
    attemptedAt: now,
    finishedAt: null,
    // A failed run that is being repeated keeps its error until it ends; for a skipped tick, the field held the
    // reason.
    error: row.status === 'skipped' ? null : row.error,
  };
}

export function claimOf({ job, tick, fence, instanceId, checkpoint, processed }: RunRow): Claim {
  return { job, tick, fence, instanceId: instanceId ?? '', checkpoint, processed };
}

export function runOf({
  checkpoint: _checkpoint,
  leaseUntil: _leaseUntil,
  eventsWritten: _events,
  ...run
}: RunRow): Run {
  return run;
}

export function recentRunOf({
  tick,
  status,
  startedAt,
  finishedAt,
  failedItems,
  error,
}: EndedRow): RecentRun {
  return { tick, status, failedItems, error, durationMs: (finishedAt ?? 0) - (startedAt ?? 0) };
}
