import { GamekeeperError, InvalidOptionError, show } from '../common/errors.ts';
import { createAbortController } from '../time/abort.ts';
import { endsWithin } from '../time/clock.ts';
import { iso, addMs, type Instant } from '../time/instant.ts';
import { isTick, latestTick, type Schedule } from '../time/schedule.ts';
import { registrationOf } from './job-definition.ts';
import { backfill, type BackfilledTick } from './backfill.ts';
import { wholeNumber } from '../common/options.ts';
import { JobWithoutItemsError, type FailedItem, type FailedItemCursor } from './failed-items.ts';
import { JobWorker } from './job-worker.ts';
import type { TickOutcome } from './tick-outcome.ts';
import type { EnginePorts } from './engine-ports.ts';
import type { JobTicks } from './job-registry.ts';
import type { JobTimelines } from './job-timelines.ts';
import type { RetryOutcome } from './retry-failed-items.ts';
import type { Scheduler, Wakeup } from './scheduler.ts';
import type { ScheduledJob } from './scheduled-job.ts';

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

/** The host has no job with this name. */
export class UnknownJobError extends GamekeeperError<'UNKNOWN_JOB'> {
  constructor(name: string, known: readonly string[]) {
    super('UNKNOWN_JOB', `There is no job ${show(name)}; this host has ${known.join(', ') || 'none'}.`);
  }
}

/** The host has this job, but it is not registered in its store, so it has no ticks there yet. */
export class JobNotRegisteredError extends GamekeeperError<'JOB_NOT_REGISTERED'> {
  constructor(name: string) {
    super(
      'JOB_NOT_REGISTERED',
      `The job ${name} is not registered in this store; start a host that has it, or open one with register: 'new'.`,
    );
  }
}

/** A job's schedule has no tick at this instant, or the tick is in the future. */
export class NotATickError extends GamekeeperError<'NOT_A_TICK'> {
  constructor(job: string, tick: Instant, schedule: Schedule) {
    const around = [schedule.previous(tick), schedule.next(tick)].filter((near) => near !== null).map(iso);
    super('NOT_A_TICK', `${job} has no tick at ${iso(tick)}; the nearest are ${around.join(' and ')}.`);
  }
}

/** The requested tick is in the future, or the delay of its job has not passed yet. */
export class FutureTickError extends GamekeeperError<'FUTURE_TICK'> {
  constructor(job: string, tick: Instant, due: Instant, now: Instant) {
    super(
      'FUTURE_TICK',
      `The run of ${job} at ${iso(tick)} cannot begin before ${iso(due)}; it is ${iso(now)} now; use an earlier tick.`,
    );
  }
}

/**
 * The job engine of one instance: claims ticks in the ledger, runs them, catches up on missed ticks, and takes over
 * runs that other instances left unfinished. Any number of engines may share a ledger.
 */
export class JobEngine {
  readonly #jobs: readonly ScheduledJob[];
  readonly #ports: EnginePorts;
  readonly #scheduler: Scheduler;
  readonly #instanceId: string;
  readonly #stopping = createAbortController();
  readonly #workers = new Map<string, JobWorker>();
  readonly #timelines: JobTimelines | undefined;
  readonly #refresh: (() => Promise<void>) | undefined;
  #wakeups: Map<string, Wakeup> | undefined;

  constructor({
    jobs,
    instanceId,
    scheduler,
    timelines,
    refresh,
    ...ports
  }: EnginePorts & {
    readonly jobs: readonly ScheduledJob[];
    /** The name of this instance in the ledger; must be unique. */
    readonly instanceId: string;
    readonly scheduler: Scheduler;
    /** The recorded schedules, if the jobs follow them. If omitted, they use the schedules of this instance's code. */
    readonly timelines?: JobTimelines;
    /** Called before a job looks for unprocessed ticks: reads the record and {@link JobEngine.adopt adopts} it. */
    readonly refresh?: () => Promise<void>;
  }) {
    this.#jobs = jobs;
    this.#instanceId = instanceId;
    this.#scheduler = scheduler;
    this.#timelines = timelines;
    this.#refresh = refresh;
    this.#ports = ports;
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
    const wakeups = (this.#wakeups = new Map<string, Wakeup>());
    for (const [name, worker] of this.#workers) wakeups.set(name, this.#wakeupOf(worker));
    for (const worker of this.#workers.values()) worker.wake();
  }

  /** Adopts the recorded schedules: jobs whose ticks changed are woken at the new ones. */
  adopt(recorded: readonly JobTicks[]): void {
    for (const name of this.#timelines?.adopt(recorded) ?? []) {
      const worker = this.#workers.get(name);
      const wakeup = this.#wakeups?.get(name);
      if (!worker || !wakeup || this.#stopping.signal.aborted) continue;
      wakeup.cancel();
      this.#wakeups!.set(name, this.#wakeupOf(worker));
      worker.wake();
    }
  }

  #wakeupOf(worker: JobWorker): Wakeup {
    return this.#scheduler.onTick(worker.schedule, () => worker.wake());
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
    if (this.#wakeups) worker.wake();
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
    this.#wakeups?.forEach((wakeup) => wakeup.cancel());
    this.#stopping.abort();
    for (const worker of this.#workers.values()) worker.stop();
    const isIdle = await endsWithin(this.#ports.clock, this.idle(), deadlineMs);
    return isIdle && ![...this.#workers.values()].some((worker) => worker.holdsLease);
  }

  #worker(name: string): JobWorker {
    const { job } = this.scheduled(name);
    const worker = this.#workers.get(job.name);
    if (!worker) throw new JobNotRegisteredError(name);
    return worker;
  }
}
