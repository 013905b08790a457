import { GamekeeperError, InvalidOptionError, show } from '../common/errors.ts';
import { createAbortController } from '../time/abort.ts';
import { endsWithin } from '../time/clock.ts';
import { iso, addMs, type Instant } from '../time/instant.ts';
import { isTick, latestTick, type Schedule } from '../time/schedule.ts';
import { registrationOf } from './job-definition.ts';
import { backfill, type BackfilledTick } from './backfill.ts';
import { wholeNumber } from '../common/options.ts';
import { JobWithoutItemsError, type FailedItem, type FailedItemCursor } from './failed-items.ts';
import { JobWorker, type TickOutcome } from './job-worker.ts';
import type { EnginePorts } from './engine-ports.ts';
import type { JobTicks } from './job-registry.ts';
import type { JobTimelines } from './job-timelines.ts';
import type { RetryOutcome } from './retry-failed-items.ts';
import type { Scheduler, Wakeup } from './scheduler.ts';
import type { ScheduledJob } from './scheduled-job.ts';

const MOST_LISTED = 10_000;

/** Which failed items to list. */
export interface FailedItemsPage {
  /** One tick; all of them unless given. */
  readonly tick?: Instant;
  /** The last item of the page before. */
  readonly after?: FailedItemCursor;
  /** From 1 to 10,000, default 100. */
  readonly limit?: number;
}

/** What of its jobs and rules an instance records in the store when it is opened. */
export type RegistrationMode =
  /** All: its schedules and rules are in force from now on, for every instance. */
  | 'all'
  /** What the store does not know yet. What is on record stays in force, whatever this instance's code says. */
  | 'new'
  /** Nothing. */
  | 'none';

/** A job that no host has. */
export class UnknownJobError extends GamekeeperError<'UNKNOWN_JOB'> {
  constructor(name: string, known: readonly string[]) {
    super('UNKNOWN_JOB', `There is no job ${show(name)}; this host has ${known.join(', ') || 'none'}.`);
  }
}

/** A job that this host has and that is not on record in its store, so that it has no ticks there yet. */
export class JobNotRegisteredError extends GamekeeperError<'JOB_NOT_REGISTERED'> {
  constructor(name: string) {
    super(
      'JOB_NOT_REGISTERED',
      `The job ${name} is not registered in this store; start a host that has it, or open one with register: 'new'.`,
    );
  }
}

/** An instant at which a job's schedule has no tick, or one that has not come yet. */
export class NotATickError extends GamekeeperError<'NOT_A_TICK'> {
  constructor(job: string, tick: Instant, schedule: Schedule) {
    const around = [schedule.previous(tick), schedule.next(tick)].filter((near) => near !== null).map(iso);
    super('NOT_A_TICK', `${job} has no tick at ${iso(tick)}; the nearest are ${around.join(' and ')}.`);
  }
}

/** A tick was asked for that lies ahead, or that must still wait for the delay of its job. */
export class FutureTickError extends GamekeeperError<'FUTURE_TICK'> {
  constructor(job: string, tick: Instant, due: Instant, now: Instant) {
    super(
      'FUTURE_TICK',
      `The run of ${job} at ${iso(tick)} may begin at ${iso(due)} and it is ${iso(now)}; ask for an earlier one.`,
    );
  }
}

/**
 * The job engine of one instance: claims ticks in the ledger, runs them, catches up on what was missed, and takes over
 * what other instances left unfinished. Any number of engines may share a ledger.
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
    /** Names this instance in the ledger; no two may share it. */
    readonly instanceId: string;
    readonly scheduler: Scheduler;
    /** The schedules on record, where the jobs follow them. Without it they keep the schedules of this instance's code. */
    readonly timelines?: JobTimelines;
    /** Called before a job looks for ticks that are owed: has the record looked at and {@link JobEngine.adopt adopted}. */
    readonly refresh?: () => Promise<void>;
  }) {
    this.#jobs = jobs;
    this.#instanceId = instanceId;
    this.#scheduler = scheduler;
    this.#timelines = timelines;
    this.#refresh = refresh;
    this.#ports = ports;
  }

  /**
   * Makes jobs known to the registry, so that their ticks count from now on, and takes over the schedules on record. Runs
   * nothing.
   */
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
        throw new InvalidOptionError('jobRegistry', job.name, 'must keep jobs that are registered');
      const lane = {
        job,
        schedule,
        watermark,
        instanceId: this.#instanceId,
        stopping: this.#stopping.signal,
        ports: this.#ports,
        ...(this.#refresh && { refresh: this.#refresh }),
      };
      this.#workers.set(job.name, new JobWorker(lane));
    }
  }

  async #toRegister(which: RegistrationMode): Promise<readonly ScheduledJob[]> {
    if (which === 'all') return this.#jobs;
    if (which === 'none') return [];
    const known = new Set((await this.#ports.jobRegistry.ticks()).map(({ job }) => job));
    return this.#jobs.filter(({ job }) => !known.has(job.name));
  }

  /** Begins to run jobs at their ticks, with what was missed first. */
  start(): void {
    const wakeups = (this.#wakeups = new Map<string, Wakeup>());
    for (const [name, lane] of this.#workers) wakeups.set(name, this.#wakeupOf(lane));
    for (const lane of this.#workers.values()) lane.wake();
  }

  /** Takes over the schedules on record: jobs whose ticks are other ones now are woken at those. */
  adopt(recorded: readonly JobTicks[]): void {
    for (const name of this.#timelines?.adopt(recorded) ?? []) {
      const lane = this.#workers.get(name);
      const wakeup = this.#wakeups?.get(name);
      if (!lane || !wakeup || this.#stopping.signal.aborted) continue;
      wakeup.cancel();
      this.#wakeups!.set(name, this.#wakeupOf(lane));
      lane.wake();
    }
  }

  #wakeupOf(lane: JobWorker): Wakeup {
    return this.#scheduler.onTick(lane.schedule, () => lane.wake());
  }

  /**
   * Runs one job for one past tick, here and now, after the ticks before it that are owed.
   *
   * @param tick the newest tick by now unless given. A tick that has succeeded is not run again; one that failed or
   *   was skipped is.
   * @returns `ahead` for a tick that has come by this host's clock but not by the store's: ask again in `retryInMs`
   * @throws {UnknownJobError} {@link JobNotRegisteredError} {@link NotATickError} {@link FutureTickError}
   */
  async runNow(name: string, tick?: Instant): Promise<TickOutcome> {
    const lane = this.#worker(name);
    await this.#refresh?.();
    const now = this.#ports.clock.now();
    const wanted = tick ?? latestTick(lane.schedule, addMs(now, -lane.job.delayMs));
    if (wanted === null) throw new NotATickError(name, now, lane.schedule);
    const due = addMs(wanted, lane.job.delayMs);
    if (due > now) throw new FutureTickError(name, wanted, due, now);
    if (tick !== undefined && !isTick(lane.schedule, tick))
      throw new NotATickError(name, tick, lane.schedule);
    return lane.runTick(wanted);
  }

  /**
   * Pauses a job on all instances, until it is resumed: none of its ticks begins to run. A run at work goes on to its
   * end.
   *
   * @throws {UnknownJobError} {@link JobNotRegisteredError}
   */
  async pause(name: string): Promise<void> {
    this.#worker(name);
    await this.#ports.jobRegistry.pause(name);
  }

  /**
   * Lets a job go on. What becomes of the ticks since its pause, its `missedTicks` decides, here and now; other
   * instances find out within a minute.
   *
   * @throws {UnknownJobError} {@link JobNotRegisteredError}
   */
  async resume(name: string): Promise<void> {
    const lane = this.#worker(name);
    await this.#ports.jobRegistry.resume(name);
    if (this.#wakeups) lane.wake();
  }

  /**
   * Runs the ticks of a span that have not succeeded: skipped and failed ones, and those from before the job was known.
   *
   * @param span both ends belong to it
   * @throws {UnknownJobError} {@link JobNotRegisteredError} {@link InvalidOptionError}
   */
  async backfill(
    name: string,
    span: { readonly from: Instant; readonly to: Instant },
  ): Promise<readonly BackfilledTick[]> {
    const lane = this.#worker(name);
    await this.#refresh?.();
    return backfill(lane, span, this.#ports.clock.now());
  }

  /**
   * A job of this engine with its schedule.
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
   * Does the failed items of a tick again, as of the tick. Those that succeed are not recorded as failed any more. A
   * run that had failed then goes on at its checkpoint, and ends by what is left.
   *
   * @throws {UnknownJobError} {@link NotATickError} {@link JobWithoutItemsError}
   */
  async retryFailedItems(name: string, tick: Instant): Promise<RetryOutcome> {
    const lane = this.#worker(name);
    if (!lane.job.items) throw new JobWithoutItemsError(name);
    await this.#refresh?.();
    // Items of a tick of an earlier schedule can be done again too.
    const recorded = await this.#ports.failedItems.list({ job: name, tick }, { limit: 1 });
    if (recorded.length === 0 && !isTick(lane.schedule, tick))
      throw new NotATickError(name, tick, lane.schedule);
    return lane.retryFailedItems(tick);
  }

  /**
   * Items of a job that failed alone, newest tick first; of one tick, or of all.
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

  /** Resolves when no job is being worked on. Ticks that come meanwhile are waited for too. */
  async idle(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((lane) => lane.idle()));
  }

  /**
   * Stops: no new runs; each run at work commits its batch and is given back. Resolves to `true` when all of that is
   * done, to `false` when `deadlineMs` passed before, or a run could not be given back because the store is away: others
   * take it over when its lease has ended. What is still at work then is undone by its fence.
   */
  async stop(deadlineMs: number): Promise<boolean> {
    this.#wakeups?.forEach((wakeup) => wakeup.cancel());
    this.#stopping.abort();
    for (const lane of this.#workers.values()) lane.stop();
    const isIdle = await endsWithin(this.#ports.clock, this.idle(), deadlineMs);
    return isIdle && ![...this.#workers.values()].some((lane) => lane.holdsLease);
  }

  #worker(name: string): JobWorker {
    const { job } = this.scheduled(name);
    const lane = this.#workers.get(job.name);
    if (!lane) throw new JobNotRegisteredError(name);
    return lane;
  }
}
