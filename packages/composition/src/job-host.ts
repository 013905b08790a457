import {
  InvalidOptionError,
  instant,
  runStatuses,
  type BackfilledTick,
  type Clock,
  type DryRunReport,
  type FailedItem,
  type Gameplay,
  type HostHealth,
  type InstantLike,
  type Leaderboards,
  type Logger,
  type ModuleFinding,
  type OutboxEntry,
  type OutboxLag,
  type PlayerLives,
  type PlayerStreaks,
  type RetryOutcome,
  type Run,
  type RunStatus,
  type ScheduledJob,
  type TickOutcome,
  type WithDates,
  type JobCounters,
} from '@gamekeeper/core';
import {
  type HostModule,
  type RunLedger,
  type MeasuredValues,
  type MetricSource,
  type Outbox,
  type OutboxPartitions,
  type DryRuns,
} from '@gamekeeper/core/ports';
import {
  PLAYERS_REFRESH_MS,
  StoreClock,
  dryRun,
  failedItemCursor,
  givenObject,
  knownOptions,
  storableText,
  wholeNumber,
  type ClockWatch,
  type EventRelay,
  type HealthWatch,
  type JobEngine,
  type Outages,
  type RecordRefresher,
  type RegistrationMode,
  type RunCounters,
} from '@gamekeeper/core/engine';
import { hostHealth, type HostHealthPorts } from '@gamekeeper/core/game';
import type { Container } from 'inversify';
import { HostLifecycle, type OpenOptions } from './host-lifecycle.ts';
import type { HostState } from './host-state.ts';
import { processMetrics } from './process-metrics.ts';
import {
  backfilledTickWithDates,
  dryRunWithDates,
  failedItemWithDates,
  healthWithDates,
  outboxEntryWithDates,
  retryOutcomeWithDates,
  runWithDates,
  tickOutcomeWithDates,
} from './results-with-dates.ts';
import type { RecordedRules } from './recorded-rules.ts';

interface Parts {
  readonly container: Container;
  readonly modules: readonly HostModule[];
  readonly engine: JobEngine;
  readonly ledger: RunLedger;
  readonly clock: Clock;
  /** What durations are measured by: nobody sets it. */
  readonly monotonicClock: Clock;
  readonly jobs: readonly ScheduledJob[];
  readonly watch: HealthWatch;
  /** `null` where the host's clock does not follow the store's. */
  readonly clockWatch: ClockWatch | null;
  readonly refuseSkewedClock: boolean;
  readonly dryRuns: DryRuns;
  /** `null` where no bus is bound. */
  readonly relay: EventRelay | null;
  readonly outbox: Outbox;
  readonly partitions: OutboxPartitions;
  /** What its health is judged from. */
  readonly healthPorts: HostHealthPorts;
  readonly rules: RecordedRules;
  readonly refresh: RecordRefresher;
  readonly lives: PlayerLives;
  readonly streaks: PlayerStreaks;
  readonly gameplay: Gameplay;
  readonly leaderboards: Leaderboards;
  readonly logger: Logger;
  readonly counters: RunCounters;
  readonly outages: Outages;
  /** What the modules measure of this process. */
  readonly metrics: readonly MetricSource[];
  readonly shutdownTimeoutMs: number;
  /** What is to be done once the modules are open, before the jobs are registered. */
  readonly prepare: () => Promise<void>;
}

/**
 * Gamekeeper inside one process of a backend. Made by `createJobHost`. What it returns has a `Date` for every instant, and
 * what it takes may be a `Date`, ISO text with its zone, or milliseconds since 1970.
 */
export class JobHost implements AsyncDisposable {
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
  readonly #lifecycle: HostLifecycle;

  /** @internal */
  constructor(parts: Parts) {
    this.#parts = parts;
    this.#lifecycle = new HostLifecycle({
      ...parts,
      prepare: (register) => prepareJobs(parts, register),
      stopWork: (withinMs) => stopAll(parts, withinMs),
      release: () => parts.clockWatch?.stop(),
    });
    this.container = parts.container;
    this.gameplay = parts.gameplay;
    this.leaderboards = parts.leaderboards;
    this.lives = parts.lives;
    this.streaks = parts.streaks;
  }

  get state(): HostState {
    return this.#lifecycle.state;
  }

  /**
   * By how much this host's clock is ahead of the store's (negative: behind), as it was measured last. Milliseconds;
   * `null` before the host is open, and for a host whose clock does not follow the store's.
   */
  get clockSkewMs(): number | null {
    const { clock } = this.#parts;
    return clock instanceof StoreClock ? clock.skewMs : null;
  }

  /** For how long the host has been opening, in milliseconds; `null` when it is at something else. */
  get openingMs(): number | null {
    return this.#lifecycle.openingMs;
  }

  /** The jobs of this host with their schedules. */
  get jobs(): readonly ScheduledJob[] {
    return this.#parts.jobs;
  }

  /**
   * Opens the modules (connections, migrations) and registers the jobs, without running any by itself: for players'
   * actions, `runNow` and `health` in a process that leaves the ticks to others. Whatever fails, what was opened is
   * closed again.
   *
   * @throws {HostStateError} also when the host is stopped meanwhile; {@link InvalidOptionError}
   * @throws {ClockSkewError} with `engine.refuseSkewedClock`, and whatever the store throws
   * @throws {SchemaOutdatedError} with `migrate: false`, where the store lacks what this version needs
   * @throws {BoardKindChangedError} for a board that counted for all time in this store and does no more, or the other
   *   way round
   */
  open(options: OpenOptions = {}): Promise<void> {
    return this.#lifecycle.open(options);
  }

  /**
   * Tells what {@link open} would find out about what is outside of this process: whether servers let the host in, which
   * rights it lacks, where schemas stand. Changes nothing, and may be asked in every state.
   */
  checkSetup(): Promise<readonly ModuleFinding[]> {
    return this.#lifecycle.checkSetup();
  }

  /**
   * Opens the host if it is not open yet, catches up on what was missed, runs every job at its ticks and, where a bus is
   * bound, delivers events from now on.
   */
  async start(): Promise<void> {
    const { engine, watch, relay } = this.#parts;
    await this.#lifecycle.begin('start', 'running', () => {
      engine.start();
      watch.start();
      relay?.start();
    });
  }

  /**
   * Opens the host if it is not open yet and watches over the jobs without running any: alerts and heartbeats from a
   * process that outlives the ones that work.
   */
  async watch(): Promise<void> {
    await this.#lifecycle.begin('watch', 'watching', () => this.#parts.watch.start());
  }

  /**
   * Runs one job for one tick, here and now; ticks before it that are owed run first.
   *
   * @param options.tick an instant of the job's schedule, not in the future. Default: the newest.
   * @returns `ahead` for a tick that has come by this host's clock but not by the store's: ask again in `retryInMs`
   * @throws {UnknownJobError} {@link NotATickError} {@link FutureTickError} {@link HostStateError}
   */
  async runNow(job: string, options: { readonly tick?: InstantLike } = {}): Promise<WithDates<TickOutcome>> {
    this.#lifecycle.assertOpen('run a job');
    const { tick } = knownOptions(options, ['tick']);
    const outcome = await this.#parts.engine.runNow(job, tick === undefined ? undefined : instant(tick));
    return tickOutcomeWithDates(outcome);
  }

  /**
   * Pauses a job on all instances, until it is resumed. A run at work goes on to its end; `runNow` answers `paused`.
   *
   * @throws {UnknownJobError} {@link HostStateError}
   */
  async pause(job: string): Promise<void> {
    this.#lifecycle.assertOpen('pause a job');
    return this.#parts.engine.pause(job);
  }

  /**
   * Lets a job go on. The job's `missedTicks` decides what becomes of the ticks since its pause.
   *
   * @throws {UnknownJobError} {@link HostStateError}
   */
  async resume(job: string): Promise<void> {
    this.#lifecycle.assertOpen('resume a job');
    return this.#parts.engine.resume(job);
  }

  /**
   * Runs the ticks of a span that have not succeeded, oldest first: skipped and failed ones, and those from before the
   * job was known. Stops at the first that cannot be run now.
   *
   * @param span both ends belong to it, and at most 10,000 ticks
   * @throws {UnknownJobError} {@link InvalidOptionError} {@link HostStateError}
   */
  async backfill(
    job: string,
    span: { readonly from: InstantLike; readonly to: InstantLike },
  ): Promise<readonly WithDates<BackfilledTick>[]> {
    this.#lifecycle.assertOpen('run a job');
    const { from, to } = givenObject('span', span, 'must be { from, to }');
    const ticks = await this.#parts.engine.backfill(job, { from: instant(from), to: instant(to) });
    return ticks.map(backfilledTickWithDates);
  }

  /**
   * Tells what the run of a tick would change and which events it would write, and changes nothing. What it would
   * change is locked for as long as that takes.
   *
   * @param options.tick an instant of the job's schedule, which may lie ahead. Default: the newest.
   * @param options.limit about how many items to try. Default 1,000.
   * @throws {UnknownJobError} {@link NotATickError} {@link DryRunNotSupportedError} {@link HostStateError}
   */
  async dryRun(
    job: string,
    options: { readonly tick?: InstantLike; readonly limit?: number } = {},
  ): Promise<WithDates<DryRunReport>> {
    this.#lifecycle.assertOpen('try a job');
    const { tick, ...rest } = knownOptions(options, ['tick', 'limit']);
    const { dryRuns, engine, clock } = this.#parts;
    const about = { ...rest, ...(tick !== undefined && { tick: instant(tick) }) };
    return dryRunWithDates(await dryRun(dryRuns, engine.scheduled(job), clock.now(), about));
  }

  /**
   * How every job of this host is doing, what its checks say, and what waits: judged from the store by its clock, so that any instance gives
   * the same answer.
   *
   * @throws {HostStateError} and whatever the store throws while it is away
   */
  async health(): Promise<WithDates<HostHealth>> {
    this.#lifecycle.assertOpen('judge its health');
    await this.#parts.refresh.ensureFresh(PLAYERS_REFRESH_MS);
    return healthWithDates(await hostHealth(this.#parts.healthPorts));
  }

  /** What this host has done for each of its jobs since it was made, in this process. */
  counters(): readonly JobCounters[] {
    return this.#parts.counters.of(this.jobs.map(({ job }) => job.name));
  }

  /**
   * What this process measures of itself, such as its clock and its connections: read from memory, in every state of the
   * host. What it counts of its runs is its {@link counters}; what all instances share is in its {@link health}.
   */
  metrics(): readonly MeasuredValues[] {
    const { outages, metrics } = this.#parts;
    return processMetrics({ clockSkewMs: this.clockSkewMs, outages, contributed: metrics });
  }

  /**
   * Runs of a job from the ledger, newest tick first; also of one that this host does not have any more.
   *
   * @param page.before the tick of the last run of the page before
   * @param page.from only ticks from this instant on
   * @param page.status only runs that stand like one of these
   * @param page.limit from 1 to 10,000, default 20
   * @throws {InvalidOptionError} {@link InvalidInstantError} {@link HostStateError}
   */
  async runs(
    job: string,
    page: {
      readonly before?: InstantLike;
      readonly from?: InstantLike;
      readonly status?: readonly RunStatus[];
      readonly limit?: number;
    } = {},
  ): Promise<readonly WithDates<Run>[]> {
    this.#lifecycle.assertOpen('read its ledger');
    const { before, from, status, limit = 20 } = knownOptions(page, ['before', 'from', 'status', 'limit']);
    storableText('job', job, 'must be the name of a job');
    wholeNumber('limit', limit, { min: 1, max: 10_000 });
    if (status !== undefined) assertStatus(status);
    const runs = await this.#parts.ledger.runs(job, {
      limit,
      ...(before !== undefined && { before: instant(before) }),
      ...(from !== undefined && { from: instant(from) }),
      ...(status !== undefined && { status }),
    });
    return runs.map(runWithDates);
  }

  /**
   * Does the items of a tick that failed alone again, as of the tick, one at a time with the job's other runs. Those
   * that succeed are counted as processed and not recorded any more. A run that had failed goes on at its checkpoint.
   * Where an item failed at several ticks, do the oldest tick first.
   *
   * @throws {UnknownJobError} {@link NotATickError} {@link JobWithoutItemsError} {@link HostStateError}
   */
  async retryFailedItems(job: string, tick: InstantLike): Promise<WithDates<RetryOutcome>> {
    this.#lifecycle.assertOpen('do failed items again');
    return retryOutcomeWithDates(await this.#parts.engine.retryFailedItems(job, instant(tick)));
  }

  /**
   * Items that failed alone while the rest of their run was done, newest tick first.
   *
   * @param page.after the last item of the page before
   * @param page.limit from 1 to 10,000, default 100
   * @throws {UnknownJobError} {@link HostStateError}
   */
  async failedItems(
    job: string,
    page: {
      readonly tick?: InstantLike;
      readonly after?: { readonly tick: InstantLike; readonly item: string };
      readonly limit?: number;
    } = {},
  ): Promise<readonly WithDates<FailedItem>[]> {
    this.#lifecycle.assertOpen('list failed items');
    const { tick, after, ...rest } = knownOptions(page, ['tick', 'after', 'limit']);
    const items = await this.#parts.engine.failedItems(job, {
      ...rest,
      ...(tick !== undefined && { tick: instant(tick) }),
      ...(after !== undefined && { after: failedItemCursor(after) }),
    });
    return items.map(failedItemWithDates);
  }

  /**
   * Events of the game, newest first, with what became of them.
   *
   * @param page.before the `id` of the last event of the page before
   * @param page.limit from 1 to 10,000, default 20
   * @throws {InvalidOptionError} {@link HostStateError}
   */
  async events(
    page: { readonly before?: string; readonly limit?: number } = {},
  ): Promise<readonly WithDates<OutboxEntry>[]> {
    this.#lifecycle.assertOpen('list its events');
    const { before, limit = 20 } = knownOptions(page, ['before', 'limit']);
    wholeNumber('limit', limit, { min: 1, max: 10_000 });
    if (before !== undefined && !(typeof before === 'string' && /^\d{1,18}$/.test(before)))
      throw new InvalidOptionError('before', before, 'must be the id of the last event of the previous page');
    const events = await this.#parts.outbox.newest({ limit, ...(before !== undefined && { before }) });
    return events.map(outboxEntryWithDates);
  }

  /** How many events were not delivered to the bus yet, and for how long the oldest has been waiting. */
  async outboxLag(): Promise<OutboxLag> {
    this.#lifecycle.assertOpen('count its events');
    return this.#parts.partitions.lag();
  }

  /** Resolves when no job is being worked on. */
  idle(): Promise<void> {
    return this.#parts.engine.idle();
  }

  /**
   * Stops: no new runs, each run at work commits its batch and is given back to the other instances, then the modules
   * are closed in the opposite order of their opening. Safe to call twice, and at any time: a host that is being opened
   * opens no further module, and `open()` and `start()` throw.
   *
   * @returns after `engine.shutdownTimeoutMs` at the latest: whether everything had ended by then. `false` means that
   *   something of Gamekeeper may still be at work, such as a batch (its fence will undo it) or a connection to a store
   *   that does not answer; the log says what
   */
  stop(): Promise<boolean> {
    return this.#lifecycle.stop();
  }

  /**
   * Does what {@link stop} does, at the end of the block in which the host was declared.
   *
   * @example
   * await using host = createJobHost({ modules: [postgresAdapters({ url }), cronerScheduler()] });
   * await host.open();
   * await host.runNow('leaderboard-recalculation');
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** @throws {InvalidOptionError} */
function assertStatus(status: readonly RunStatus[]): void {
  if (Array.isArray(status) && status.every((one: RunStatus) => runStatuses.includes(one))) return;
  throw new InvalidOptionError('status', status, `must be a list of ${runStatuses.join(', ')}`);
}

/** Checks the clock, and makes jobs and rules known to the store as far as the mode says. */
async function prepareJobs(
  { clock, clockWatch, refuseSkewedClock, prepare, engine, rules }: Parts,
  register: RegistrationMode,
): Promise<void> {
  // Who only attaches tells nobody of a clock that is off: it goes by the store's, and is gone soon.
  if (register === 'all') await clockWatch?.open({ refuse: refuseSkewedClock });
  else await clockWatch?.measure();
  await prepare();
  await engine.register(register);
  await rules.record(clock.now(), register);
}

async function stopAll({ engine, watch, relay }: Parts, withinMs: number): Promise<boolean> {
  const all = [engine, watch, ...(relay ? [relay] : [])];
  return (await Promise.all(all.map((part) => part.stop(withinMs)))).every(Boolean);
}
