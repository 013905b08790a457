import {
  COMPLETE,
  compareBytewise as bytewise,
  LeaseLostError,
  later,
  type Claim,
  type ClaimOutcome,
  type Instant,
  type JobLedger,
  type JobPulse,
  type JobRecord,
  type Json,
  type Progress,
  type Run,
  type RunStatus,
  type SkipReason,
  type Transaction,
  type VerdictChange,
  type VerdictRecord,
} from '@gamekeeper/core';
import { MemoryTable, type MemoryDatabase, type MemoryTransaction } from './memory-database.ts';

interface JobRow {
  readonly job: string;
  readonly registeredAt: Instant;
  readonly watermark: Instant;
}

interface RunRow extends Run {
  readonly checkpoint: Json;
  readonly leaseUntil: Instant | null;
}

/** The ledger in memory. Leases are measured by the database's clock. */
export class MemoryJobLedger implements JobLedger {
  readonly #database: MemoryDatabase;
  readonly #jobs = new MemoryTable<JobRow>();
  readonly #runs = new MemoryTable<RunRow>();
  /** What is asked for often, by job: the running run and the newest ones that ended. */
  readonly #running = new MemoryTable<RunRow>();
  readonly #lastSuccess = new MemoryTable<RunRow>();
  readonly #lastEnded = new MemoryTable<RunRow>();
  readonly #newest = new MemoryTable<RunRow>();
  readonly #verdicts = new MemoryTable<VerdictRecord>();

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  register(jobs: readonly string[], now: Instant): Promise<void> {
    return this.#database.within(undefined, (tx) => {
      for (const job of jobs) {
        if (!this.#jobs.get(job))
          this.#jobs.set(tx, job, { job, registeredAt: now, watermark: later(now, -1) });
      }
    });
  }

  records(tx?: Transaction): Promise<readonly JobRecord[]> {
    return this.#database.within(tx, () =>
      [...this.#jobs.values()].sort((a, b) => bytewise(a.job, b.job)).map((job) => this.#record(job)),
    );
  }

  claim(request: Parameters<JobLedger['claim']>[0]): Promise<ClaimOutcome> {
    const { job, tick, owner, leaseMs, again = false } = request;
    return this.#database.within(undefined, (tx): ClaimOutcome => {
      const now = this.#database.clock.now();
      const asked = this.#runs.get(key(job, tick));
      if (asked && asked.status !== 'running' && !(again && asked.status !== 'succeeded')) {
        return { kind: 'settled', status: asked.status };
      }
      const running = this.#running.get(job);
      const remainingMs = (running?.leaseUntil ?? now) - now;
      if (running && remainingMs > 0) {
        return { kind: 'held', tick: running.tick, owner: running.owner ?? '', retryInMs: remainingMs };
      }
      const row = running ?? asked;
      const claimed: RunRow = {
        ...(row ?? { job, tick, processed: 0, failedItems: 0, checkpoint: null }),
        status: 'running',
        fence: (row?.fence ?? 0) + 1,
        owner,
        leaseUntil: later(now, leaseMs),
        startedAt: row?.startedAt ?? now,
        finishedAt: null,
        error: null,
      };
      this.#write(tx, claimed);
      return { kind: 'claimed', claim: claimOf(claimed) };
    });
  }

  reopen(request: Parameters<JobLedger['reopen']>[0]): Promise<ClaimOutcome> {
    const { job, tick, owner, leaseMs } = request;
    return this.#database.within(undefined, (tx): ClaimOutcome => {
      const running = this.#running.get(job);
      const asked = running ?? this.#runs.get(key(job, tick));
      if (!asked || asked.status === 'skipped') return { kind: 'settled', status: 'skipped' };
      const now = this.#database.clock.now();
      const remainingMs = (running?.leaseUntil ?? now) - now;
      if (running && remainingMs > 0)
        return { kind: 'held', tick: running.tick, owner: running.owner ?? '', retryInMs: remainingMs };
      const reopened: RunRow = {
        ...asked,
        status: 'running',
        fence: asked.fence + 1,
        owner,
        leaseUntil: later(now, leaseMs),
        finishedAt: null,
        error: null,
        checkpoint: asked.status === 'succeeded' ? COMPLETE : asked.checkpoint,
      };
      this.#write(tx, reopened);
      this.#forgetEnd(tx, reopened);
      return { kind: 'claimed', claim: claimOf(reopened) };
    });
  }

  pass({ job, tick, owner }: Parameters<JobLedger['pass']>[0]): Promise<boolean> {
    return this.#database.within(undefined, (tx) => {
      if (this.#running.get(job) || this.#runs.get(key(job, tick))) return false;
      const now = this.#database.clock.now();
      const times = { startedAt: now, finishedAt: now, leaseUntil: null };
      this.#write(tx, {
        ...untouched,
        ...times,
        job,
        tick,
        owner,
        status: 'succeeded',
        fence: 1,
        error: null,
      });
      this.#settleThrough(tx, job, tick);
      return true;
    });
  }

  renew(claim: Claim, leaseMs: number): Promise<boolean> {
    return this.#database.within(undefined, (tx) => {
      const row = this.#held(claim);
      if (row) this.#write(tx, { ...row, leaseUntil: later(this.#database.clock.now(), leaseMs) });
      return row !== undefined;
    });
  }

  advance(tx: Transaction | null, claim: Claim, progress: Progress, leaseMs: number): Promise<void> {
    return this.#database.within(tx ?? undefined, (open) => {
      const leaseUntil = later(this.#database.clock.now(), leaseMs);
      this.#write(open, { ...this.#heldOrThrow(claim), ...progress, leaseUntil });
    });
  }

  succeed(tx: Transaction | null, claim: Claim, progress: Progress): Promise<void> {
    return this.#database.within(tx ?? undefined, (open) =>
      this.#end(open, claim, { ...progress, status: 'succeeded' }),
    );
  }

  fail(claim: Claim, error: string): Promise<void> {
    return this.#database.within(undefined, (tx) => this.#end(tx, claim, { status: 'failed', error }));
  }

  release(claim: Claim): Promise<void> {
    return this.#database.within(undefined, (tx) => {
      const row = this.#held(claim);
      if (row) this.#write(tx, { ...row, leaseUntil: this.#database.clock.now() });
    });
  }

  skip(job: string, ticks: readonly Instant[], reason: SkipReason): Promise<readonly Instant[]> {
    return this.#database.within(undefined, (tx) => {
      const fresh = ticks.filter((tick) => !this.#runs.get(key(job, tick)));
      const now = this.#database.clock.now();
      for (const tick of fresh) this.#write(tx, { ...skipped, job, tick, finishedAt: now, error: reason });
      const last = ticks.findLast((tick) => this.#runs.get(key(job, tick))?.status !== 'running');
      if (last !== undefined) this.#settleThrough(tx, job, last);
      return fresh;
    });
  }

  pulse(): Promise<readonly JobPulse[]> {
    return this.#database.within(undefined, () =>
      [...this.#jobs.values()].map(({ job, registeredAt }) => {
        const newest = this.#newest.get(job);
        return {
          job,
          since: newest?.tick ?? registeredAt,
          status: newest?.status ?? null,
          verdict: this.#verdicts.get(job)?.verdict ?? null,
        };
      }),
    );
  }

  recordVerdicts(tx: Transaction, changes: readonly VerdictChange[]): Promise<readonly string[]> {
    return this.#database.within(tx, (open) => {
      const mine = changes.filter(({ before, after }) =>
        sameVerdict(this.#verdicts.get(after.job) ?? null, before),
      );
      for (const { after } of mine) this.#verdicts.set(open, after.job, after);
      return mine.map(({ after }) => after.job);
    });
  }

  async now(): Promise<Instant> {
    return this.#database.clock.now();
  }

  runs(job: string, page: { readonly before?: Instant; readonly limit: number }): Promise<readonly Run[]> {
    return this.#database.within(undefined, () =>
      [...this.#runs.values()]
        .filter(({ job: its, tick }) => its === job && (page.before === undefined || tick < page.before))
        .sort((a, b) => b.tick - a.tick)
        .slice(0, page.limit)
        .map(runOf),
    );
  }

  #end(tx: MemoryTransaction, claim: Claim, change: Partial<RunRow>): void {
    const finishedAt = this.#database.clock.now();
    this.#write(tx, { ...this.#heldOrThrow(claim), ...change, finishedAt, leaseUntil: null });
    this.#settleThrough(tx, claim.job, claim.tick);
  }

  /** A run that is opened again has not ended: the ones before it are the last that have. */
  #forgetEnd(tx: MemoryTransaction, { job, tick }: RunRow): void {
    const ended = (table: MemoryTable<RunRow>, statuses: readonly RunStatus[]): void => {
      if (table.get(job)?.tick !== tick) return;
      table.delete(tx, job);
      for (const row of this.#runs.values())
        if (row.job === job && statuses.includes(row.status)) keepNewest(tx, table, row);
    };
    ended(this.#lastSuccess, ['succeeded']);
    ended(this.#lastEnded, ['succeeded', 'failed']);
  }

  #settleThrough(tx: MemoryTransaction, job: string, tick: Instant): void {
    const row = this.#jobs.get(job);
    if (row && row.watermark < tick) this.#jobs.set(tx, job, { ...row, watermark: tick });
  }

  #held({ job, tick, fence }: Claim): RunRow | undefined {
    const row = this.#runs.get(key(job, tick));
    return row?.status === 'running' && row.fence === fence ? row : undefined;
  }

  #heldOrThrow(claim: Claim): RunRow {
    const row = this.#held(claim);
    if (!row) throw new LeaseLostError(claim);
    return row;
  }

  #record({ job, registeredAt, watermark }: JobRow): JobRecord {
    const runIn = (table: MemoryTable<RunRow>): Run | null => {
      const row = table.get(job);
      return row ? runOf(row) : null;
    };
    return {
      job,
      registeredAt,
      watermark,
      running: runIn(this.#running),
      lastSuccess: runIn(this.#lastSuccess),
      lastEnded: runIn(this.#lastEnded),
      judged: this.#verdicts.get(job) ?? null,
    };
  }

  #write(tx: MemoryTransaction, row: RunRow): void {
    this.#runs.set(tx, key(row.job, row.tick), row);
    keepNewest(tx, this.#newest, row);
    if (row.status === 'running') return this.#running.set(tx, row.job, row);
    if (this.#running.get(row.job)?.tick === row.tick) this.#running.delete(tx, row.job);
    if (row.status === 'succeeded') keepNewest(tx, this.#lastSuccess, row);
    if (row.status !== 'skipped') keepNewest(tx, this.#lastEnded, row);
  }
}

function keepNewest(tx: MemoryTransaction, table: MemoryTable<RunRow>, row: RunRow): void {
  const newest = table.get(row.job);
  if (!newest || newest.tick <= row.tick) table.set(tx, row.job, row);
}

const untouched = { processed: 0, failedItems: 0, checkpoint: null };
const skipped = {
  ...untouched,
  status: 'skipped',
  fence: 0,
  owner: null,
  startedAt: null,
  leaseUntil: null,
} as const;

function sameVerdict(a: VerdictRecord | null, b: VerdictRecord | null): boolean {
  return a?.verdict === b?.verdict && a?.since === b?.since && a?.alertedAt === b?.alertedAt;
}

function key(job: string, tick: Instant): string {
  return `${job}@${tick}`;
}

function claimOf({ job, tick, fence, owner, checkpoint, processed }: RunRow): Claim {
  return { job, tick, fence, owner: owner ?? '', checkpoint, processed };
}

function runOf({ checkpoint: _checkpoint, leaseUntil: _leaseUntil, ...run }: RunRow): Run {
  return run;
}
