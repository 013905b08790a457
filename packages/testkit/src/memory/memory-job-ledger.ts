import {
  LeaseLostError,
  minInstant,
  addMs,
  maxInstant,
  type Claim,
  type Instant,
  type Run,
  type ScheduleSpec,
  type SkipReason,
  type Transaction,
} from '@gamekeeper/core';
import {
  type PruneRequest,
  COMPLETED_CHECKPOINT,
  type ClaimOutcome,
  type JobLedger,
  type JobSummary,
  type JobRecord,
  type JobRegistration,
  type JobSchedule,
  type JobTicks,
  type Progress,
  type RunsPage,
  type VerdictChange,
  type VerdictRecord,
} from '@gamekeeper/core/ports';
import { compareBytewise as bytewise } from '@gamekeeper/core/game';
import { MemoryTable, type MemoryDatabase, type MemoryTransaction } from './memory-database.ts';
import {
  MemoryRuns,
  claimOf,
  neverRun,
  nextAttempt,
  recentRunOf,
  runOf,
  type RunRow,
} from './memory-runs.ts';

interface JobRow extends JobTicks {
  readonly registeredAt: Instant;
  readonly watermark: Instant;
  readonly pausedAt: Instant | null;
  readonly resumedAt: Instant | null;
  readonly prunedThrough: Instant | null;
}

/** The ledger in memory. Ticks and leases are measured by the database's clock. */
export class MemoryJobLedger implements JobLedger {
  readonly #database: MemoryDatabase;
  readonly #jobs = new MemoryTable<JobRow>();
  readonly #runs = new MemoryRuns();
  readonly #verdicts = new MemoryTable<VerdictRecord>();

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  register(jobs: readonly JobRegistration[], now: Instant): Promise<void> {
    return this.#database.within(undefined, (tx) => {
      const registeredAt = this.#database.clock.now();
      const from = minInstant(now, registeredAt);
      for (const { job, schedule } of jobs) {
        const known = this.#jobs.get(job) ?? unknownJob(job, { registeredAt, from });
        this.#jobs.set(tx, job, { ...known, schedules: withSchedule(known.schedules, schedule, from) });
      }
    });
  }

  ticks(tx?: Transaction): Promise<readonly JobTicks[]> {
    return this.#database.within(tx, () =>
      [...this.#jobs.values()]
        .sort((a, b) => bytewise(a.job, b.job))
        .map(({ job, startsAfter, schedules }) => ({ job, startsAfter, schedules })),
    );
  }

  watermark(job: string, tx?: Transaction): Promise<Instant | null> {
    return this.#database.within(tx, () => this.#jobs.get(job)?.watermark ?? null);
  }

  records(tx?: Transaction): Promise<readonly JobRecord[]> {
    return this.#database.within(tx, () =>
      [...this.#jobs.values()].sort((a, b) => bytewise(a.job, b.job)).map((job) => this.#record(job)),
    );
  }

  claim(request: Parameters<JobLedger['claim']>[0]): Promise<ClaimOutcome> {
    const { job, tick, notBefore = tick, again = false } = request;
    return this.#database.within(undefined, (tx): ClaimOutcome => {
      const ahead = this.#ahead(notBefore);
      if (ahead) return ahead;
      const asked = this.#runs.at(job, tick);
      if (asked && asked.status !== 'running' && !(again && asked.status !== 'succeeded')) {
        return { kind: 'settled', status: asked.status };
      }
      if (this.#isPaused(job)) return { kind: 'paused' };
      if (!asked && this.#isPruned(job, tick)) {
        return { kind: 'settled', status: 'pruned' };
      }
      const running = this.#runs.running(job);
      return this.#busy(running) ?? this.#begin(tx, request, running ?? asked);
    });
  }

  reopen(request: Parameters<JobLedger['reopen']>[0]): Promise<ClaimOutcome> {
    const { job, tick, notBefore = tick } = request;
    return this.#database.within(undefined, (tx): ClaimOutcome => {
      const ahead = this.#ahead(notBefore);
      if (ahead) return ahead;
      const running = this.#runs.running(job);
      const asked = running ?? this.#runs.at(job, tick);
      if (!asked || asked.status === 'skipped') return { kind: 'settled', status: 'skipped' };
      if (running && this.#isPaused(job)) return { kind: 'paused' };
      const busy = this.#busy(running);
      if (busy) return busy;
      const checkpoint = asked.status === 'succeeded' ? COMPLETED_CHECKPOINT : asked.checkpoint;
      const reopened = nextAttempt({ ...asked, checkpoint }, request, this.#database.clock.now());
      this.#runs.write(tx, reopened);
      return { kind: 'claimed', claim: claimOf(reopened) };
    });
  }

  recordIdleTick({
    job,
    tick,
    notBefore = tick,
    instanceId,
  }: Parameters<JobLedger['recordIdleTick']>[0]): Promise<boolean> {
    return this.#database.within(undefined, (tx) => {
      if (this.#ahead(notBefore)) return false;
      if (this.#runs.running(job) || this.#runs.at(job, tick)) return false;
      if (this.#isPaused(job) || this.#isPruned(job, tick)) return false;
      const now = this.#database.clock.now();
      const times = { startedAt: now, attemptedAt: now, finishedAt: now, leaseUntil: null };
      const row = { ...neverRun, ...times, job, tick, instanceId };
      this.#runs.write(tx, { ...row, status: 'succeeded', fence: 1, error: null });
      this.#settleThrough(tx, job, tick);
      return true;
    });
  }

  renew(claim: Claim, leaseMs: number): Promise<boolean> {
    return this.#database.within(undefined, (tx) => {
      const row = this.#rowOf(claim);
      if (row) this.#runs.write(tx, { ...row, leaseUntil: addMs(this.#database.clock.now(), leaseMs) });
      return row !== undefined;
    });
  }

  advance(tx: Transaction | null, claim: Claim, progress: Progress, leaseMs: number): Promise<void> {
    return this.#database.within(tx ?? undefined, (open) => {
      const leaseUntil = addMs(this.#database.clock.now(), leaseMs);
      this.#runs.write(open, { ...this.#rowOrThrow(claim), ...progress, leaseUntil });
    });
  }

  succeed(tx: Transaction | null, claim: Claim, progress: Progress): Promise<void> {
    return this.#database.within(tx ?? undefined, (open) =>
      this.#end(open, claim, { ...progress, status: 'succeeded', error: null }),
    );
  }

  fail(claim: Claim, error: string): Promise<void> {
    return this.#database.within(undefined, (tx) => this.#end(tx, claim, { status: 'failed', error }));
  }

  release(claim: Claim): Promise<void> {
    return this.#database.within(undefined, (tx) => {
      const row = this.#rowOf(claim);
      if (row) this.#runs.write(tx, { ...row, leaseUntil: this.#database.clock.now() });
    });
  }

  skip(job: string, ticks: readonly Instant[], reason: SkipReason): Promise<readonly Instant[]> {
    return this.#database.within(undefined, (tx) => {
      const now = this.#database.clock.now();
      const come = ticks.filter((tick) => tick <= now);
      const fresh = come.filter((tick) => !this.#runs.at(job, tick) && !this.#isPruned(job, tick));
      for (const tick of fresh)
        this.#runs.write(tx, { ...neverRun, job, tick, finishedAt: now, error: reason });
      const last = come.findLast((tick) => this.#runs.at(job, tick)?.status !== 'running');
      if (last !== undefined) this.#settleThrough(tx, job, last);
      return fresh;
    });
  }

  pause(job: string): Promise<boolean> {
    return this.#change(job, (row) =>
      row.pausedAt === null ? { ...row, pausedAt: this.#database.clock.now() } : row,
    );
  }

  resume(job: string): Promise<boolean> {
    return this.#change(job, (row) =>
      row.pausedAt === null ? row : { ...row, pausedAt: null, resumedAt: this.#database.clock.now() },
    );
  }

  prune(tx: Transaction, { before, limit }: PruneRequest): Promise<number> {
    return this.#database.within(tx, (open) => {
      const isOld = ({ job, tick, status }: RunRow): boolean =>
        status !== 'running' && tick < before && tick < (this.#runs.lastSuccess(job)?.tick ?? -Infinity);
      const old = [...this.#runs.all()].filter(isOld).slice(0, limit);
      for (const row of old) {
        this.#runs.remove(open, row);
        const known = this.#jobs.get(row.job);
        if (known && row.tick > (known.prunedThrough ?? -Infinity))
          this.#jobs.set(open, row.job, { ...known, prunedThrough: row.tick });
        this.#settleThrough(open, row.job, row.tick);
      }
      return old.length;
    });
  }

  summaries(): Promise<readonly JobSummary[]> {
    return this.#database.within(undefined, () =>
      [...this.#jobs.values()].map((row) => {
        const { job, registeredAt, pausedAt, resumedAt } = row;
        const newest = this.#runs.newest(job);
        const recent = this.#runs.recent(job).map(({ status }) => ({ status }));
        return {
          job,
          ...this.#reach(row),
          since: maxInstant(newest?.tick ?? registeredAt, resumedAt),
          paused: pausedAt !== null,
          status: newest?.status ?? null,
          running: this.#runs.running(job) !== undefined,
          recent: recent.some(({ status }) => status === 'failed') ? recent : [],
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

  verdicts(subjects: readonly string[], tx?: Transaction): Promise<readonly VerdictRecord[]> {
    return this.#database.within(tx, () => subjects.flatMap((subject) => this.#verdicts.get(subject) ?? []));
  }

  async now(): Promise<Instant> {
    return this.#database.clock.now();
  }

  runs(job: string, { before, from, status, limit }: RunsPage): Promise<readonly Run[]> {
    return this.#database.within(undefined, () =>
      [...this.#runs.all()]
        .filter((run) => run.job === job && (status?.includes(run.status) ?? true))
        .filter(({ tick }) => tick < (before ?? Infinity) && tick >= (from ?? -Infinity))
        .sort((a, b) => b.tick - a.tick)
        .slice(0, limit)
        .map(runOf),
    );
  }

  #reach({ job, watermark }: JobRow): Pick<JobRecord, 'furthest' | 'readAt'> {
    const running = this.#runs.running(job)?.tick ?? null;
    return { furthest: maxInstant(watermark, running), readAt: this.#database.clock.now() };
  }

  #isPaused(job: string): boolean {
    return (this.#jobs.get(job)?.pausedAt ?? null) !== null;
  }

  /** Whether the row of a tick that has none was removed. */
  #isPruned(job: string, tick: Instant): boolean {
    return tick <= (this.#jobs.get(job)?.prunedThrough ?? -Infinity);
  }

  #change(job: string, change: (row: JobRow) => JobRow): Promise<boolean> {
    return this.#database.within(undefined, (tx) => {
      const row = this.#jobs.get(job);
      if (row) this.#jobs.set(tx, job, change(row));
      return row !== undefined;
    });
  }

  /** The answer to whoever asks for what may begin later. */
  #ahead(notBefore: Instant): ClaimOutcome | undefined {
    const retryInMs = notBefore - this.#database.clock.now();
    return retryInMs > 0 ? { kind: 'ahead', retryInMs } : undefined;
  }

  /** The answer to whoever asks while a run's lease goes on, or when its tick has yet to come. */
  #busy(running: RunRow | undefined): ClaimOutcome | undefined {
    if (!running) return undefined;
    const now = this.#database.clock.now();
    const remainingMs = (running.leaseUntil ?? now) - now;
    if (remainingMs <= 0) return this.#ahead(running.tick);
    return { kind: 'held', tick: running.tick, instanceId: running.instanceId ?? '', retryInMs: remainingMs };
  }

  #begin(
    tx: MemoryTransaction,
    request: Parameters<JobLedger['claim']>[0],
    row: RunRow | undefined,
  ): ClaimOutcome {
    const { job, tick } = request;
    const unbegun = { ...neverRun, job, tick, finishedAt: null, error: null };
    const begun = nextAttempt(row ?? unbegun, request, this.#database.clock.now());
    this.#runs.write(tx, begun);
    return { kind: 'claimed', claim: claimOf(begun) };
  }

  #end(tx: MemoryTransaction, claim: Claim, change: Partial<RunRow>): void {
    const finishedAt = this.#database.clock.now();
    this.#runs.write(tx, { ...this.#rowOrThrow(claim), ...change, finishedAt, leaseUntil: null });
    this.#settleThrough(tx, claim.job, claim.tick);
  }

  #settleThrough(tx: MemoryTransaction, job: string, tick: Instant): void {
    const row = this.#jobs.get(job);
    if (row && row.watermark < tick) this.#jobs.set(tx, job, { ...row, watermark: tick });
  }

  #rowOf({ job, tick, fence }: Claim): RunRow | undefined {
    const row = this.#runs.at(job, tick);
    return row?.status === 'running' && row.fence === fence ? row : undefined;
  }

  #rowOrThrow(claim: Claim): RunRow {
    const row = this.#rowOf(claim);
    if (!row) throw new LeaseLostError(claim);
    return row;
  }

  #record(row: JobRow): JobRecord {
    const { prunedThrough: _prunedThrough, ...known } = row;
    const shown = (run: RunRow | undefined): Run | null => (run ? runOf(run) : null);
    return {
      ...known,
      ...this.#reach(row),
      running: shown(this.#runs.running(known.job)),
      lastSuccess: shown(this.#runs.lastSuccess(known.job)),
      recent: this.#runs.recent(known.job).map(recentRunOf),
      judged: this.#verdicts.get(known.job) ?? null,
    };
  }
}

function unknownJob(
  job: string,
  { registeredAt, from }: { readonly registeredAt: Instant; readonly from: Instant },
): JobRow {
  const startsAfter = addMs(from, -1);
  const rest = { pausedAt: null, resumedAt: null, prunedThrough: null };
  return { job, registeredAt, startsAfter, watermark: startsAfter, schedules: [], ...rest };
}

/** The schedules with one more, where it differs from the newest. */
function withSchedule(
  schedules: readonly JobSchedule[],
  { cron, timeZone = 'UTC' }: ScheduleSpec,
  from: Instant,
): readonly JobSchedule[] {
  const newest = schedules.at(-1);
  if (newest?.cron === cron && newest.timeZone === timeZone) return schedules;
  const since = newest ? maxInstant(from, addMs(newest.since, 1)) : from;
  return [...schedules, { since, cron, timeZone }];
}

function sameVerdict(a: VerdictRecord | null, b: VerdictRecord | null): boolean {
  return a?.verdict === b?.verdict && a?.since === b?.since && a?.alertedAt === b?.alertedAt;
}
