import type { AbortSignalLike } from '../time/abort.ts';
import type { Timer } from '../time/clock.ts';
import { addMs, maxInstant, minInstant, type Instant } from '../time/instant.ts';
import type { Schedule } from '../time/schedule.ts';
import { backoffMs } from './backoff.ts';
import { planCatchUp, type CatchUpPlan } from './catch-up.ts';
import { failedRun } from './failed-run.ts';
import type { JobDefinition } from './job-definition.ts';
import type { EnginePorts } from './engine-ports.ts';
import { recordIfIdle, reportIdleTick } from './idle-ticks.ts';
import type { ClaimOutcome } from './run-ledger.ts';
import { JobRunner } from './job-runner.ts';
import { ShardPool } from './shard-pool.ts';
import { retryFailedItems, type RetryOutcome } from './retry-failed-items.ts';
import type { TickOutcome } from './tick-outcome.ts';

const RECOVERY = { initialDelayMs: 500, maxDelayMs: 15_000 };

/**
 * How soon to recheck a job that is paused (another instance may have resumed it), or whose ticks are ahead of the
 * store's clock (that clock may be days behind and be corrected). Milliseconds.
 */
const RECHECK_MS = 60_000;

/** How soon to look whether a run that another instance has begun was divided. Milliseconds. */
const DIVISION_RECHECK_MS = 1_000;

/** How soon to claim again when another instance has just ended the last shard. Milliseconds. */
const JOINED_RETRY_MS = 5_000;

/** One job of one instance: runs its ticks strictly one after the other. */
export class JobWorker {
  readonly job: JobDefinition;
  readonly schedule: Schedule;
  readonly #ports: EnginePorts;
  readonly #instanceId: string;
  readonly #stopping: AbortSignalLike;
  readonly #runner: JobRunner;
  /** Works on shards, if this instance can. */
  readonly #pool: ShardPool | undefined;
  readonly #refresh: () => Promise<void>;
  /** A lower bound of the ledger's watermark; ticks that others completed meanwhile are noticed when claimed. */
  #watermark: Instant;
  #queue: Promise<unknown> = Promise.resolve();
  /** The drain that is queued. */
  #nextDrain: Promise<void> | undefined;
  /** Shards that were given to this instance one by one. */
  readonly #givenShards = new Set<Promise<unknown>>();
  #recheck: Timer | undefined;
  #consecutiveFailures = 0;

  constructor({
    job,
    schedule,
    watermark,
    instanceId,
    stopping,
    ports,
    refresh = async () => undefined,
  }: {
    readonly job: JobDefinition;
    readonly schedule: Schedule;
    readonly watermark: Instant;
    readonly instanceId: string;
    readonly stopping: AbortSignalLike;
    readonly ports: EnginePorts;
    /** Reads the recorded schedules. */
    readonly refresh?: () => Promise<void>;
  }) {
    this.job = job;
    this.schedule = schedule;
    this.#watermark = watermark;
    this.#instanceId = instanceId;
    this.#stopping = stopping;
    this.#ports = ports;
    this.#refresh = refresh;
    this.#runner = new JobRunner(ports);
    this.#pool =
      job.shards && ports.shardLedger ? new ShardPool(ports, ports.shardLedger, instanceId) : undefined;
  }

  /** Runs all ticks that are due now. Calls are merged while one is queued. Resolves, and never rejects, when that is done. */
  wake(): Promise<void> {
    if (this.#stopping.aborted) return Promise.resolve();
    this.#nextDrain ??= this.#enqueue(() => {
      this.#nextDrain = undefined;
      return this.#drainOrRecover();
    });
    return this.#nextDrain;
  }

  /**
   * Works on one shard of a run, beside everything else, and continues with the job if it ended the run.
   *
   * @throws {StoreUnavailableError}
   */
  async workOnShard(tick: Instant, index: number): Promise<void> {
    if (!this.#pool) return;
    const work = this.#pool.workOnShard(this.job, { tick, index }, this.#stopping);
    this.#givenShards.add(work);
    try {
      const outcome = await work;
      if (outcome.kind !== 'joined') return;
      const { end } = outcome.report;
      if (end === 'succeeded' || end === 'failed') this.#advanceWatermark(tick);
      void this.wake();
    } catch (error) {
      this.#blocked(error);
      throw error;
    } finally {
      this.#givenShards.delete(work);
    }
  }

  /** Whether this instance may work on one more shard. */
  get hasRoomForShard(): boolean {
    return this.#givenShards.size < (this.#ports.shardConcurrency ?? 1);
  }

  /** Runs one tick by hand, after any unprocessed ticks before it. */
  runTick(tick: Instant): Promise<TickOutcome> {
    return this.#enqueue(async () => {
      const outcome = await this.#drain(tick, { byHand: true });
      if (outcome && outcome.kind !== 'done') return outcome;
      // It was done before, here or by another instance: repeated unless it has succeeded.
      return this.#claimAndRun(tick, { again: true, byHand: true });
    });
  }

  /** Retries the failed items of a tick, after the job's current work. */
  retryFailedItems(tick: Instant): Promise<RetryOutcome> {
    return this.#enqueue(() =>
      retryFailedItems({
        job: this.job,
        tick,
        instanceId: this.#instanceId,
        ports: this.#ports,
        runner: this.#runner,
        stopping: this.#stopping,
        workOnShards: (divided) => this.#workOnShards(divided),
      }),
    );
  }

  /** Resolves when nothing is running or queued. */
  async idle(): Promise<void> {
    for (let seen: unknown; seen !== this.#queue || this.#givenShards.size > 0;) {
      seen = this.#queue;
      await this.#queue;
      await Promise.allSettled(this.#givenShards);
    }
  }

  /** Whether this instance holds the lease of a run although no work is in progress. */
  get holdsLease(): boolean {
    return this.#runner.holdsLease || (this.#pool?.holdsLease ?? false);
  }

  /** Cancels timers; work in progress ends through the stopping signal. */
  stop(): void {
    this.#recheck?.cancel();
  }

  async #drainOrRecover(): Promise<void> {
    try {
      await this.#refresh();
      const now = this.#ports.clock.now();
      const drained = await this.#drain(addMs(now, -this.job.delayMs));
      const { last, againInMs } = await this.#retryFailedRun(drained);
      // An attempt of this instance that the store interrupted keeps its lease for a while: that is not a recovery
      // yet.
      if (!(last?.kind === 'held' && last.instanceId === this.#instanceId)) this.#recovered();
      // If the run is still not done when that lease expires, this instance takes it over.
      if (last?.kind === 'held') this.#wakeIn(last.retryInMs);
      else if (last?.kind === 'ahead') this.#wakeIn(Math.min(last.retryInMs, RECHECK_MS));
      else if (last?.kind === 'paused') this.#wakeIn(RECHECK_MS);
      else this.#wakeAfterDelay(now, againInMs);
    } catch (error) {
      this.#blocked(error);
    }
  }

  #blocked(error: unknown): void {
    this.#consecutiveFailures += 1;
    const delayMs = backoffMs(RECOVERY, this.#consecutiveFailures + 1, this.#ports.random());
    this.#ports.observer.engineFailed(this.job.name, error, delayMs);
    this.#wakeIn(delayMs);
  }

  #recovered(): void {
    if (this.#consecutiveFailures > 0) this.#ports.observer.engineRecovered(this.job.name);
    this.#consecutiveFailures = 0;
  }

  /** Processes all ticks up to an instant. Returns the outcome of the last tick that was to run. */
  async #drain(wanted: Instant, { byHand = false } = {}): Promise<TickOutcome | undefined> {
    let last: TickOutcome | undefined;
    let through = wanted;
    for (let more = true; more;) {
      let plan = this.#plan(through);
      if (plan.skip.length > 0) {
        // A host whose clock is ahead would otherwise skip ticks that can still run on time.
        through = minInstant(through, addMs(await this.#ports.storeTime.now(), -this.job.delayMs));
        plan = this.#plan(through);
      }
      for (const { ticks, reason } of plan.skip) {
        const skipped = await this.#ports.ledger.skip(this.job.name, ticks, reason);
        if (skipped.length > 0) this.#ports.observer.ticksSkipped(this.job.name, skipped, reason);
        this.#advanceWatermark(ticks.at(-1));
      }
      for (const tick of plan.run) {
        last = await this.#claimAndRun(tick, { byHand });
        if (last.kind !== 'ran' && last.kind !== 'done') return last;
      }
      more = plan.more && !this.#stopping.aborted;
    }
    const ahead = this.schedule.next(through);
    return ahead !== null && ahead <= wanted ? { kind: 'ahead', retryInMs: ahead - through } : last;
  }

  #plan(now: Instant): CatchUpPlan {
    const { job, schedule } = this;
    return planCatchUp({ job, schedule, watermark: this.#watermark, now });
  }

  async #claimAndRun(tick: Instant, { again = false, byHand = false } = {}): Promise<TickOutcome> {
    const { ledger, leaseMs } = this.#ports;
    const request = {
      job: this.job.name,
      tick,
      notBefore: addMs(tick, this.job.delayMs),
      instanceId: this.#instanceId,
    };
    if (!again && !this.#stopping.aborted && (await recordIfIdle(this.job, request, ledger))) {
      this.#advanceWatermark(tick);
      return { kind: 'ran', report: await reportIdleTick(request, this.#ports.observer) };
    }
    while (!this.#stopping.aborted) {
      const outcome = await ledger.claim({ ...request, leaseMs, again });
      if (outcome.kind === 'done') this.#advanceWatermark(tick);
      if (outcome.kind === 'held') return this.#soonIfDivisible(outcome);
      if (outcome.kind !== 'claimed' && outcome.kind !== 'divided') return outcome;
      const ran =
        outcome.kind === 'divided'
          ? await this.#workOnShards(outcome.tick, { byHand })
          : {
              kind: 'ran' as const,
              report: await this.#runner.execute(this.job, outcome.claim, this.#stopping),
            };
      if (ran.kind !== 'ran') return ran;
      const { report } = ran;
      const ended = report.end === 'succeeded' || report.end === 'failed';
      if (ended) this.#advanceWatermark(report.tick);
      // Otherwise it was an older, unfinished run, the run was divided, or it was lost to a later attempt: claim again.
      if (ended && report.tick === tick) return ran;
    }
    return { kind: 'stopped' };
  }

  /** Works on the shards of a run as long as there are free ones, unless they are sent to the instances one by one. */
  async #workOnShards(tick: Instant, { byHand = true } = {}): Promise<TickOutcome> {
    const held = { kind: 'held' as const, tick, instanceId: '' };
    const areSent = this.#ports.shardSender !== undefined && !byHand;
    if (!this.#pool || areSent) return { ...held, retryInMs: RECHECK_MS };
    const outcome = await this.#pool.work(this.job, tick, this.#stopping);
    if (outcome.kind === 'joined') return { kind: 'ran', report: outcome.report };
    if (outcome.kind === 'held') return { ...held, retryInMs: outcome.retryInMs };
    // Its last shard has ended since.
    return outcome.kind === 'done' ? { ...held, retryInMs: JOINED_RETRY_MS } : outcome;
  }

  /** Another instance may be about to divide the run: this one then joins it. */
  #soonIfDivisible(held: Extract<ClaimOutcome, { kind: 'held' }>): TickOutcome {
    if (!this.#pool || this.job.maxShards < 2 || this.#ports.shardSender) return held;
    return { ...held, retryInMs: Math.min(held.retryInMs, DIVISION_RECHECK_MS) };
  }

  /**
   * Repeats the newest run if it failed and its delay is over. Returns the outcome (or the one passed in), and the
   * number of milliseconds until a run is to be repeated.
   */
  async #retryFailedRun(
    drained: TickOutcome | undefined,
  ): Promise<{ readonly last: TickOutcome | undefined; readonly againInMs: number }> {
    let last = drained;
    while (!this.#stopping.aborted && !isBlocked(last)) {
      const failed = await failedRun(this.job, this.#ports);
      if (!failed || failed.dueInMs > 0) return { last, againInMs: failed?.dueInMs ?? Infinity };
      last = await this.#claimAndRun(failed.tick, { again: true });
    }
    return { last, againInMs: Infinity };
  }

  #advanceWatermark(tick: Instant | undefined): void {
    this.#watermark = maxInstant(this.#watermark, tick ?? null);
  }

  /** Schedules another wakeup for a tick that must wait for its delay, and for a run to be repeated. */
  #wakeAfterDelay(now: Instant, againInMs: number): void {
    const next = this.schedule.next(this.#watermark);
    const delayedMs = next !== null && next <= now ? next + this.job.delayMs - now : Infinity;
    const ms = Math.min(delayedMs, againInMs);
    if (ms < Infinity) this.#wakeIn(ms);
  }

  #wakeIn(ms: number): void {
    if (this.#stopping.aborted) return;
    const { clock } = this.#ports;
    this.#recheck?.cancel();
    this.#recheck = clock.setTimer(addMs(clock.now(), ms), () => void this.wake());
  }

  #enqueue<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

/** Returns whether a job cannot continue now. */
function isBlocked(outcome: TickOutcome | undefined): boolean {
  return outcome !== undefined && outcome.kind !== 'ran' && outcome.kind !== 'done';
}
