import {
  GamekeeperError,
  instant,
  judgeJob,
  type Clock,
  type EventRelay,
  type FailedItem,
  type FailedItemPlace,
  type Gameplay,
  type HealthWatch,
  type HostModule,
  type InstantLike,
  type JobEngine,
  type JobHealth,
  type JobLedger,
  type Leaderboards,
  type Logger,
  type OutboxLag,
  type OutboxLanes,
  type PlayerLives,
  type PlayerStreaks,
  type RetryOutcome,
  type Run,
  type ScheduledJob,
  type TickOutcome,
} from '@gamekeeper/core';
import type { Container } from 'inversify';

/** A host was used in a state in which it cannot do what was asked. */
export class HostStateError extends GamekeeperError<'HOST_STATE'> {
  constructor(asked: string, state: HostState) {
    super('HOST_STATE', `The host is ${state} and cannot ${asked}; ${advice[state]}.`);
  }
}

const advice: Readonly<Record<HostState, string>> = {
  new: 'await host.start() or host.open() first',
  opening: 'await host.start() or host.open() first',
  open: 'open it once',
  watching: 'use another host for it',
  running: 'start it once',
  stopping: 'create another host',
  stopped: 'create another host',
};

/** What a host is at. */
export type HostState = 'new' | 'opening' | 'open' | 'watching' | 'running' | 'stopping' | 'stopped';

interface Parts {
  readonly container: Container;
  readonly modules: readonly HostModule[];
  readonly engine: JobEngine;
  readonly ledger: JobLedger;
  readonly clock: Clock;
  readonly jobs: readonly ScheduledJob[];
  readonly watch: HealthWatch;
  /** `null` where no bus is bound. */
  readonly relay: EventRelay | null;
  readonly lanes: OutboxLanes;
  readonly lives: PlayerLives;
  readonly streaks: PlayerStreaks;
  readonly gameplay: Gameplay;
  readonly leaderboards: Leaderboards;
  readonly logger: Logger;
  readonly stopWithinMs: number;
}

/** Gamekeeper inside one process of a backend. Made by `createJobHost`. */
export class JobHost {
  /** The Inversify container with everything that the modules bound, by the symbols of core's tokens. */
  readonly container: Container;
  /** What the backend calls as people play. */
  readonly gameplay: Gameplay;
  /** Boards, places and past periods, for the backend to show. */
  readonly leaderboards: Leaderboards;
  /** Players' lives, for the backend to show, or to spend outside quizzes. */
  readonly lives: PlayerLives;
  /** Players' streaks, for the backend to show. */
  readonly streaks: PlayerStreaks;
  readonly #parts: Parts;
  #state: HostState = 'new';
  #opened: HostModule[] = [];
  #opening: Promise<void> | undefined;
  #stopped: Promise<boolean> | undefined;

  /** @internal */
  constructor(parts: Parts) {
    this.#parts = parts;
    this.container = parts.container;
    this.gameplay = parts.gameplay;
    this.leaderboards = parts.leaderboards;
    this.lives = parts.lives;
    this.streaks = parts.streaks;
  }

  get state(): HostState {
    return this.#state;
  }

  /** The jobs of this host with their schedules. */
  get jobs(): readonly ScheduledJob[] {
    return this.#parts.jobs;
  }

  /**
   * Opens the modules (connections, migrations) and registers the jobs, without running any by itself: for players'
   * actions, `runNow` and `health` in a process that leaves the ticks to others. Whatever fails, what was opened is
   * closed again.
   */
  async open(): Promise<void> {
    if (this.#state !== 'new') throw new HostStateError('open', this.#state);
    this.#state = 'opening';
    this.#opening = this.#openModules();
    await this.#opening;
  }

  /**
   * Opens the host if it is not open yet, catches up on what was missed, runs every job at its ticks and, where a bus is
   * bound, delivers events from now on.
   */
  async start(): Promise<void> {
    if (this.#state === 'new') await this.open();
    if (this.#state !== 'open') throw new HostStateError('start', this.#state);
    this.#state = 'running';
    this.#parts.engine.start();
    this.#parts.watch.start();
    this.#parts.relay?.start();
  }

  /**
   * Opens the host if it is not open yet and watches over the jobs without running any: alerts and heartbeats from a
   * process that outlives the ones that work.
   */
  async watch(): Promise<void> {
    if (this.#state === 'new') await this.open();
    if (this.#state !== 'open') throw new HostStateError('watch', this.#state);
    this.#state = 'watching';
    this.#parts.watch.start();
  }

  /**
   * Runs one job for one tick, here and now; ticks before it that are owed run first.
   *
   * @param options.tick an instant of the job's schedule, not in the future. Default: the newest.
   * @throws {UnknownJobError} {@link NotATickError} {@link FutureTickError} {@link HostStateError}
   */
  async runNow(job: string, options: { readonly tick?: InstantLike } = {}): Promise<TickOutcome> {
    this.#assertOpen('run a job');
    return this.#parts.engine.runNow(job, options.tick === undefined ? undefined : instant(options.tick));
  }

  /** How every job of this host is doing, judged from the ledger: any instance gives the same answer. */
  async health(): Promise<readonly JobHealth[]> {
    this.#assertOpen('judge its health');
    const { ledger, clock, jobs } = this.#parts;
    const records = new Map((await ledger.records()).map((record) => [record.job, record]));
    const now = clock.now();
    return jobs.flatMap(({ job, schedule }) => {
      const record = records.get(job.name);
      return record ? [judgeJob({ job, schedule, record, now })] : [];
    });
  }

  /** Runs of a job from the ledger, newest tick first. */
  async runs(
    job: string,
    page: { readonly before?: InstantLike; readonly limit?: number } = {},
  ): Promise<readonly Run[]> {
    this.#assertOpen('read its ledger');
    const { before, limit = 20 } = page;
    return this.#parts.ledger.runs(job, { limit, ...(before !== undefined && { before: instant(before) }) });
  }

  /**
   * Does the items of a tick that failed alone again, as of the tick, one at a time with the job's other runs. Those
   * that succeed are counted as processed and not recorded any more. A run that had failed goes on at its checkpoint.
   * Where an item failed at several ticks, do the oldest tick first.
   *
   * @throws {UnknownJobError} {@link NotATickError} {@link JobWithoutItemsError} {@link HostStateError}
   */
  async retryFailedItems(job: string, tick: InstantLike): Promise<RetryOutcome> {
    this.#assertOpen('do failed items again');
    return this.#parts.engine.retryFailedItems(job, instant(tick));
  }

  /**
   * Items that failed alone while the rest of their run was done, newest tick first.
   *
   * @param page.after the last item of the page before
   * @param page.limit default 100
   * @throws {UnknownJobError} {@link HostStateError}
   */
  async failedItems(
    job: string,
    page: {
      readonly tick?: InstantLike;
      readonly after?: FailedItemPlace;
      readonly limit?: number;
    } = {},
  ): Promise<readonly FailedItem[]> {
    this.#assertOpen('list failed items');
    const { tick, ...rest } = page;
    return this.#parts.engine.failedItems(job, {
      ...rest,
      ...(tick !== undefined && { tick: instant(tick) }),
    });
  }

  /** How many events were not delivered to the bus yet, and for how long the oldest has been waiting. */
  async undelivered(): Promise<OutboxLag> {
    this.#assertOpen('count its events');
    return this.#parts.lanes.lag();
  }

  /** Resolves when no job is being worked on. */
  idle(): Promise<void> {
    return this.#parts.engine.idle();
  }

  /**
   * Stops: no new runs, each run at work commits its batch and is given back to the other instances, then the modules
   * are closed in the opposite order of their opening. Safe to call twice, and at any time: a host that is being opened
   * finishes the module it is at and opens no further. Answers whether the runs ended within `engine.stopWithinMs`.
   */
  stop(): Promise<boolean> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #openModules(): Promise<void> {
    try {
      for (const module of this.#parts.modules) {
        await module.open?.();
        this.#opened.push(module);
        this.#assertOpening();
      }
      await this.#parts.engine.register();
      this.#assertOpening();
    } catch (error) {
      this.#state = 'stopping';
      await this.#closeModules();
      this.#state = 'stopped';
      throw error;
    }
    this.#state = 'open';
  }

  /** A stop that came meanwhile has been waiting for this moment. */
  #assertOpening(): void {
    if (this.#state !== 'opening') throw new HostStateError('open', this.#state);
  }

  async #stop(): Promise<boolean> {
    const opened = this.#isOpen();
    this.#state = 'stopping';
    const { logger, stopWithinMs } = this.#parts;
    await this.#opening?.catch(() => undefined);
    const inTime = opened ? await stopped(this.#parts) : true;
    if (!inTime) logger.warn('stopped with a batch still at work; its fence will undo it', { stopWithinMs });
    const closing = this.#closeModules();
    // A connection that a batch still holds may not close for long, and the deadline has passed.
    if (inTime) await closing;
    this.#state = 'stopped';
    return inTime;
  }

  async #closeModules(): Promise<void> {
    for (let module = this.#opened.pop(); module; module = this.#opened.pop()) {
      try {
        await module.close?.();
      } catch (error) {
        this.#parts.logger.error('a module did not close', { module: module.name, error: String(error) });
      }
    }
  }

  #assertOpen(asked: string): void {
    if (!this.#isOpen()) throw new HostStateError(asked, this.#state);
  }

  #isOpen(): boolean {
    return this.#state === 'open' || this.#state === 'watching' || this.#state === 'running';
  }
}

async function stopped({ engine, watch, relay, stopWithinMs }: Parts): Promise<boolean> {
  const all = [engine, watch, ...(relay ? [relay] : [])];
  return (await Promise.all(all.map((part) => part.stop(stopWithinMs)))).every(Boolean);
}
