import {
  LeaseLostError,
  addMs,
  type Claim,
  type Instant,
  type Run,
  type SkipReason,
  type Transaction,
} from '@gamekeeper/core';
import {
  COMPLETED_CHECKPOINT,
  type ClaimOutcome,
  type Progress,
  type PruneRequest,
  type RunLedger,
  type RunsPage,
} from '@gamekeeper/core/ports';
import type { MemoryTransaction } from '../transactions/memory-database.ts';
import { addCounts } from './event-counts.ts';
import type { MemoryJobTables } from './memory-job-tables.ts';
import { claimOf, neverRun, nextAttempt, runOf, type RunRow } from './memory-runs.ts';

/** The run ledger in memory. Due times and leases use the database's clock. */
export class MemoryRunLedger implements RunLedger {
  readonly #tables: MemoryJobTables;

  constructor(tables: MemoryJobTables) {
    this.#tables = tables;
  }

  claim(request: Parameters<RunLedger['claim']>[0]): Promise<ClaimOutcome> {
    const { job, tick, notBefore = tick, again = false } = request;
    return this.#tables.database.within(undefined, (tx): ClaimOutcome => {
      const ahead = this.#ahead(notBefore);
      if (ahead) return ahead;
      const asked = this.#tables.runs.at(job, tick);
      if (asked && asked.status !== 'running' && !(again && asked.status !== 'succeeded')) {
        return { kind: 'done', status: asked.status };
      }
      if (this.#tables.isPaused(job)) return { kind: 'paused' };
      if (!asked && this.#tables.isPruned(job, tick)) {
        return { kind: 'done', status: 'pruned' };
      }
      const running = this.#tables.runs.running(job);
      return this.#busy(running) ?? this.#begin(tx, request, running ?? asked);
    });
  }

  reopen(request: Parameters<RunLedger['reopen']>[0]): Promise<ClaimOutcome> {
    const { job, tick, notBefore = tick } = request;
    return this.#tables.database.within(undefined, (tx): ClaimOutcome => {
      const ahead = this.#ahead(notBefore);
      if (ahead) return ahead;
      const running = this.#tables.runs.running(job);
      const asked = running ?? this.#tables.runs.at(job, tick);
      if (!asked || asked.status === 'skipped') return { kind: 'done', status: 'skipped' };
      if (running && this.#tables.isPaused(job)) return { kind: 'paused' };
      const busy = this.#busy(running);
      if (busy) return busy;
      const checkpoint = asked.status === 'succeeded' ? COMPLETED_CHECKPOINT : asked.checkpoint;
      const reopened = nextAttempt({ ...asked, checkpoint }, request, this.#tables.database.clock.now());
      this.#tables.runs.write(tx, reopened);
      return { kind: 'claimed', claim: claimOf(reopened) };
    });
  }

  recordIdleTick({
    job,
    tick,
    notBefore = tick,
    instanceId,
  }: Parameters<RunLedger['recordIdleTick']>[0]): Promise<boolean> {
    return this.#tables.database.within(undefined, (tx) => {
      if (this.#ahead(notBefore)) return false;
      if (this.#tables.runs.running(job) || this.#tables.runs.at(job, tick)) return false;
      if (this.#tables.isPaused(job) || this.#tables.isPruned(job, tick)) return false;
      const now = this.#tables.database.clock.now();
      const times = { startedAt: now, attemptedAt: now, finishedAt: now, leaseUntil: null };
      const row = { ...neverRun, ...times, job, tick, instanceId };
      this.#tables.runs.write(tx, { ...row, status: 'succeeded', fence: 1, error: null });
      this.#tables.applyThrough(tx, job, tick);
      return true;
    });
  }

  renew(claim: Claim, leaseMs: number): Promise<boolean> {
    return this.#tables.database.within(undefined, (tx) => {
      const row = this.#tables.runs.held(claim);
      if (row)
        this.#tables.runs.write(tx, {
          ...row,
          leaseUntil: addMs(this.#tables.database.clock.now(), leaseMs),
        });
      return row !== undefined;
    });
  }

  advance(tx: Transaction | null, claim: Claim, progress: Progress, leaseMs: number): Promise<void> {
    return this.#tables.database.within(tx ?? undefined, (open) => {
      const leaseUntil = addMs(this.#tables.database.clock.now(), leaseMs);
      const row = this.#rowOrThrow(claim);
      const eventsWritten = addCounts(row.eventsWritten, open.takeEvents());
      this.#tables.runs.write(open, { ...row, ...progress, eventsWritten, leaseUntil });
    });
  }

  succeed(tx: Transaction | null, claim: Claim, progress: Progress): Promise<void> {
    return this.#tables.database.within(tx ?? undefined, (open) =>
      this.#end(open, claim, { ...progress, status: 'succeeded', error: null }),
    );
  }

  fail(claim: Claim, error: string): Promise<void> {
    return this.#tables.database.within(undefined, (tx) => this.#end(tx, claim, { status: 'failed', error }));
  }

  release(claim: Claim): Promise<void> {
    return this.#tables.database.within(undefined, (tx) => {
      const row = this.#tables.runs.held(claim);
      if (row) this.#tables.runs.write(tx, { ...row, leaseUntil: this.#tables.database.clock.now() });
    });
  }

  skip(job: string, ticks: readonly Instant[], reason: SkipReason): Promise<readonly Instant[]> {
    return this.#tables.database.within(undefined, (tx) => {
      const now = this.#tables.database.clock.now();
      const come = ticks.filter((tick) => tick <= now);
      const fresh = come.filter(
        (tick) => !this.#tables.runs.at(job, tick) && !this.#tables.isPruned(job, tick),
      );
      for (const tick of fresh)
        this.#tables.runs.write(tx, { ...neverRun, job, tick, finishedAt: now, error: reason });
      const last = come.findLast((tick) => this.#tables.runs.at(job, tick)?.status !== 'running');
      if (last !== undefined) this.#tables.applyThrough(tx, job, last);
      return fresh;
    });
  }

  prune(tx: Transaction, { before, limit }: PruneRequest): Promise<number> {
    return this.#tables.database.within(tx, (open) => {
      const isOld = ({ job, tick, status }: RunRow): boolean =>
        status !== 'running' &&
        tick < before &&
        tick < (this.#tables.runs.lastSuccess(job)?.tick ?? -Infinity);
      const old = [...this.#tables.runs.all()].filter(isOld).slice(0, limit);
      for (const row of old) {
        this.#tables.runs.remove(open, row);
        this.#tables.shards.remove(open, row);
        const known = this.#tables.jobs.get(row.job);
        if (known && row.tick > (known.prunedThrough ?? -Infinity))
          this.#tables.jobs.set(open, row.job, { ...known, prunedThrough: row.tick });
        this.#tables.applyThrough(open, row.job, row.tick);
      }
      return old.length;
    });
  }

  runs(job: string, { before, from, status, limit }: RunsPage): Promise<readonly Run[]> {
    return this.#tables.database.within(undefined, () =>
      [...this.#tables.runs.all()]
        .filter((run) => run.job === job && (status?.includes(run.status) ?? true))
        .filter(({ tick }) => tick < (before ?? Infinity) && tick >= (from ?? -Infinity))
        .sort((a, b) => b.tick - a.tick)
        .slice(0, limit)
        .map(runOf),
    );
  }

  /** Returns the outcome of a claim whose run may not begin yet; `undefined` if it may. */
  #ahead(notBefore: Instant): ClaimOutcome | undefined {
    const retryInMs = notBefore - this.#tables.database.clock.now();
    return retryInMs > 0 ? { kind: 'ahead', retryInMs } : undefined;
  }

  /**
   * Returns the outcome of a claim while an active run holds its lease, is divided, or its tick is in the future; else
   * `undefined`.
   */
  #busy(running: RunRow | undefined): ClaimOutcome | undefined {
    if (!running) return undefined;
    const now = this.#tables.database.clock.now();
    const { leaseUntil } = running;
    if (leaseUntil === null) return this.#ahead(running.tick) ?? { kind: 'divided', tick: running.tick };
    const remainingMs = leaseUntil - now;
    if (remainingMs <= 0) return this.#ahead(running.tick);
    return { kind: 'held', tick: running.tick, instanceId: running.instanceId ?? '', retryInMs: remainingMs };
  }

  #begin(
    tx: MemoryTransaction,
    request: Parameters<RunLedger['claim']>[0],
    row: RunRow | undefined,
  ): ClaimOutcome {
    const { job, tick } = request;
    const unbegun = { ...neverRun, job, tick, finishedAt: null, error: null };
    const begun = nextAttempt(row ?? unbegun, request, this.#tables.database.clock.now());
    this.#tables.runs.write(tx, begun);
    return { kind: 'claimed', claim: claimOf(begun) };
  }

  #end(tx: MemoryTransaction, claim: Claim, change: Partial<RunRow>): void {
    const finishedAt = this.#tables.database.clock.now();
    const row = this.#rowOrThrow(claim);
    const eventsWritten = addCounts(row.eventsWritten, tx.takeEvents());
    this.#tables.runs.write(tx, { ...row, ...change, eventsWritten, finishedAt, leaseUntil: null });
    this.#tables.applyThrough(tx, claim.job, claim.tick);
  }

  #rowOrThrow(claim: Claim): RunRow {
    const row = this.#tables.runs.held(claim);
    if (!row) throw new LeaseLostError(claim);
    return row;
  }
}
