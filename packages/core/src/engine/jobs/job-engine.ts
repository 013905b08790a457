import { InvalidOptionError } from '../common/errors.ts';
import { createAbortController } from '../time/abort.ts';
import { endsWithin } from '../time/clock.ts';
import { addMs, type Instant } from '../time/instant.ts';
import { isTick, latestTick } from '../time/schedule.ts';
import { registrationOf } from './job-definition.ts';
import { backfill, type BackfilledTick } from './backfill.ts';
import { wholeNumber } from '../common/options.ts';
import { JobWithoutItemsError, type FailedItem, type FailedItemCursor } from './failed-items.ts';
import { JobWorker } from './job-worker.ts';
import type { TickOutcome } from './tick-outcome.ts';
import type { EnginePorts } from './engine-ports.ts';
import { FutureTickError, JobNotRegisteredError, NotATickError, UnknownJobError } from './job-errors.ts';
import type { JobTicks } from './job-registry.ts';
import type { JobTimelines } from './job-timelines.ts';
import type { RetryOutcome } from './retry-failed-items.ts';
import type { Courier } from './courier.ts';
import { DEFAULT_BELL_MS, Dispatch, type CourierRole } from './dispatch.ts';
import { InProcessCourier } from './in-process-courier.ts';
import type { Scheduler } from './scheduler.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import type { ShardSender } from './shard-sender.ts';

const MOST_LISTED = 10_000;

/** Which failed items to list. */
export interface FailedItemsPage {
  /** Only items of this tick. Default: of all ticks. */
  readonly tick?: Instant;
  /** The last item of the previous page. */
  readonly after?: FailedItemCursor;
  /** From 1 to 10,000, default 100. */
  readonly limit?: number;
}

/** What an instance records of its jobs and rules in the store when it is opened. */
export type RegistrationMode =
  /** All: its schedules and rules apply from now on, for every instance. */
  | 'all'
  /**
   * Only what the store does not know yet. Recorded schedules and rules stay in force, whatever this instance's code
   * says.
   */
  | 'new'
  /** Nothing. */
  | 'none';

/**
 * The job engine of one instance: claims ticks in the ledger, runs them, catches up on missed ticks, and takes over
 * runs that other instances left unfinished. Any number of engines may share a ledger.
 */
export class JobEngine {
  readonly #jobs: readonly ScheduledJob[];
  readonly #ports: EnginePorts;
  readonly #dispatch: Dispatch;
  readonly #instanceId: string;
  readonly #stopping = createAbortController();
  readonly #workers = new Map<string, JobWorker>();
  readonly #timelines: JobTimelines | undefined;
  readonly #refresh: (() => Promise<void>) | undefined;

  constructor({
    jobs,
    instanceId,
    scheduler,
    courier,
    role = 'both',
    bellMs = DEFAULT_BELL_MS,
    timelines,
    refresh,
    ...ports
  }: Omit<EnginePorts, 'shardSender'> & {
    readonly jobs: readonly ScheduledJob[];
    /** The name of this instance in the ledger; must be unique. */
    readonly instanceId: string;
    readonly scheduler: Scheduler;
    /** Carries work to the instances. Default: each works on its own, as `InProcessCourier` does. */
    readonly courier?: Courier;
    /** What this instance does with a courier. Default `both`. */
    readonly role?: CourierRole;
    /** The longest time between two looks at what is due, with a shared courier. Milliseconds, default 15,000. */
    readonly bellMs?: number;
    /** The recorded schedules, if the jobs follow them. If omitted, they use the schedules of this instance's code. */
    readonly timelines?: JobTimelines;
    /** Called before a job looks for unprocessed ticks: reads the record and {@link JobEngine.adopt adopts} it. */
    readonly refresh?: () => Promise<void>;
  }) {
    this.#jobs = jobs;
    this.#instanceId = instanceId;
    this.#timelines = timelines;
    this.#refresh = refresh;
    const carrier = courier ?? new InProcessCourier(ports.clock);
    const dispatch = (this.#dispatch = new Dispatch({
      courier: carrier,
      role,
      bellMs,
      scheduler,
      workers: this.#workers,
      ports,
      stopping: this.#stopping.signal,
      refresh: async () => refresh?.(),
    }));
    const { shared, joinsTransaction } = carrier.supports;
    const shardSender: ShardSender = {
      joinsTransaction,
      send: (run, shards, tx) => dispatch.sendShards(run, shards, tx),
    };
    this.#ports = shared ? { ...ports, shardSender } : ports;
  }

  /** Registers jobs, so that their ticks count from now on, and adopts the recorded schedules. Runs nothing. */
  async register(which: RegistrationMode = 'all'): Promise<void> {
    const { jobRegistry, clock } = this.#ports;
    const jobs = await this.#toRegister(which);
    if (jobs.length > 0)
      await jobRegistry.register(
        jobs.map(({ job }) => registrationOf(job)),
        clock.now(),
      );
    const recorded = await jobRegistry.records();
    this.#timelines?.adopt(recorded);
    const records = new Map(recorded.map((record) => [record.job, record]));
    for (const { job, schedule } of this.#jobs) {
      const watermark = records.get(job.name)?.watermark;
      if (watermark === undefined && which === 'none') continue;
      if (watermark === undefined)
        throw new InvalidOptionError(
          'jobRegistry',
          job.name,
          'must return each job that was registered; the adapter does not',
        );
      const worker = {
        job,
        schedule,
        watermark,
        instanceId: this.#instanceId,
        stopping: this.#stopping.signal,
        ports: this.#ports,
        ...(this.#refresh && { refresh: this.#refresh }),
      };
      this.#workers.set(job.name, new JobWorker(worker));
    }
  }

  async #toRegister(which: RegistrationMode): Promise<readonly ScheduledJob[]> {
    if (which === 'all') return this.#jobs;
    if (which === 'none') return [];
    const known = new Set((await this.#ports.jobRegistry.ticks()).map(({ job }) => job));
    return this.#jobs.filter(({ job }) => !known.has(job.name));
  }

  /** Starts running jobs at their ticks, beginning with missed ticks. */
  start(): void {
    this.#dispatch.start();
  }

  /** Adopts the recorded schedules: jobs whose ticks changed are woken at the new ones. */
  adopt(recorded: readonly JobTicks[]): void {
    for (const name of this.#timelines?.adopt(recorded) ?? []) {
      const worker = this.#workers.get(name);
      if (worker) this.#dispatch.follow(worker);
    }
  }

  /**
   * Runs one job for one past tick now, after any unprocessed ticks before it.
   *
   * @param tick default: the newest tick by now. A tick that has succeeded is not repeated; a failed or skipped one
   *   is.
   * @returns `ahead` if the tick is due by this host's clock but not by the store's: retry after `retryInMs`
   * @throws {UnknownJobError} {@link JobNotRegisteredError} {@link NotATickError} {@link FutureTickError}
   */
  async runNow(name: string, tick?: Instant): Promise<TickOutcome> {
    const worker = this.#worker(name);
    await this.#refresh?.();
    const now = this.#ports.clock.now();
    const wanted = tick ?? latestTick(worker.schedule, addMs(now, -worker.job.delayMs));
    if (wanted === null) throw new NotATickError(name, now, worker.schedule);
    const due = addMs(wanted, worker.job.delayMs);
    if (due > now) throw new FutureTickError(name, wanted, due, now);
    if (tick !== undefined && !isTick(worker.schedule, tick))
      throw new NotATickError(name, tick, worker.schedule);
    return worker.runTick(wanted);
  }

  /**
   * Pauses a job on all instances until it is resumed: no tick starts. An active run continues to its end.
   *
   * @throws {UnknownJobError} {@link JobNotRegisteredError}
   */
  async pause(name: string): Promise<void> {
    this.#worker(name);
    await this.#ports.jobRegistry.pause(name);
  }

  /**
   * Resumes a job. `missedTicks` decides what happens to the ticks since the pause, which this instance processes now;
   * other instances notice within a minute.
   *
   * @throws {UnknownJobError} {@link JobNotRegisteredError}
   */
  async resume(name: string): Promise<void> {
    const worker = this.#worker(name);
    await this.#ports.jobRegistry.resume(name);
    this.#dispatch.look(worker);
  }

  /**
   * Runs the ticks of a range that have not succeeded: skipped and failed ones, and those from before the
   * registration.
   *
   * @param span the range; both ends are included
   * @throws {UnknownJobError} {@link JobNotRegisteredError} {@link InvalidOptionError}
   */
  async backfill(
    name: string,
    span: { readonly from: Instant; readonly to: Instant },
  ): Promise<readonly BackfilledTick[]> {
    const worker = this.#worker(name);
    await this.#refresh?.();
    return backfill(worker, span, this.#ports.clock.now());
  }

  /**
   * Returns a job of this engine with its schedule.
   *
   * @throws {UnknownJobError}
   */
  scheduled(name: string): ScheduledJob {
    const found = this.#jobs.find(({ job }) => job.name === name);
    if (found) return found;
    throw new UnknownJobError(
      name,
      this.#jobs.map(({ job }) => job.name),
    );
  }

  /**
   * Retries the failed items of a tick, with the tick as the current time. Items that succeed are no longer recorded as
   * failed. If the run had failed, it then continues from its checkpoint, and the items still recorded as failed decide
   * how it ends.
   *
   * @throws {UnknownJobError} {@link NotATickError} {@link JobWithoutItemsError}
   */
  async retryFailedItems(name: string, tick: Instant): Promise<RetryOutcome> {
    const worker = this.#worker(name);
    if (!worker.job.items) throw new JobWithoutItemsError(name);
    await this.#refresh?.();
    // Items of a tick of an earlier schedule can be retried too.
    const recorded = await this.#ports.failedItems.list({ job: name, tick }, { limit: 1 });
    if (recorded.length === 0 && !isTick(worker.schedule, tick))
      throw new NotATickError(name, tick, worker.schedule);
    return worker.retryFailedItems(tick);
  }

  /**
   * Returns items of a job that failed alone, newest tick first: those of one tick, or of all ticks.
   *
   * @throws {UnknownJobError} {@link InvalidOptionError}
   */
  async failedItems(name: string, { tick, ...page }: FailedItemsPage = {}): Promise<readonly FailedItem[]> {
    this.scheduled(name);
    const { after, limit = 100 } = page;
    wholeNumber('limit', limit, { min: 1, max: MOST_LISTED });
    return this.#ports.failedItems.list(
      { job: name, ...(tick !== undefined && { tick }) },
      { limit, ...(after && { after }) },
    );
  }

  /** Resolves when no job is working. Also waits for ticks that become due meanwhile. */
  async idle(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.idle()));
  }

  /**
   * Stops: starts no run; each active run commits its batch and is released. Returns `true` once that is done. Returns
   * `false` if `deadlineMs` passed first, or if a run could not be released because the store is unavailable: another
   * instance takes it over when its lease expires, and the fence rejects what is still running here.
   */
  async stop(deadlineMs: number): Promise<boolean> {
    this.#stopping.abort();
    const given = this.#dispatch.stop(deadlineMs);
    for (const worker of this.#workers.values()) worker.stop();
    const isIdle = await endsWithin(this.#ports.clock, this.idle(), deadlineMs);
    const isGivenBack = await given;
    return isIdle && isGivenBack && ![...this.#workers.values()].some((worker) => worker.holdsLease);
  }

  #worker(name: string): JobWorker {
    const { job } = this.scheduled(name);
    const worker = this.#workers.get(job.name);
    if (!worker) throw new JobNotRegisteredError(name);
    return worker;
  }
}
