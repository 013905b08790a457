import {
  instant,
  type BackfilledTick,
  type DryRunReport,
  type ExplainPage,
  type Explanation,
  type FailedItem,
  type Gameplay,
  type HostHealth,
  type InstantLike,
  type Leaderboards,
  type ModuleFinding,
  type OutboxEntry,
  type OutboxLag,
  type Players,
  type PlayerLives,
  type PlayerStreaks,
  type RetryOutcome,
  type Run,
  type ScheduledJob,
  type TickOutcome,
  type UserId,
  type WhatIfOptions,
  type WhatIfReport,
  type WithDates,
  type JobCounters,
} from '@gamekeeper/core';
import type { MeasuredValues } from '@gamekeeper/core/ports';
import { PLAYERS_REFRESH_MS, StoreClock, dryRun, givenObject, knownOptions } from '@gamekeeper/core/engine';
import { explainPlayer, hostHealth, whatIf } from '@gamekeeper/core/game';
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
  whatIfWithDates,
} from './results-with-dates.ts';
import {
  eventsPage,
  failedItemsPage,
  runsPage,
  type EventListOptions,
  type FailedItemListOptions,
  type RunListOptions,
} from './host-lists.ts';
import { prepareJobs, stopAll, type JobHostParts } from './host-parts.ts';

/**
 * Gamekeeper inside one process of a backend. Created by `createJobHost`. It returns every instant as a `Date`, and
 * accepts a `Date`, ISO text with its time zone, or milliseconds since 1970.
 */
export class JobHost implements AsyncDisposable {
  /** The Inversify container with everything that the modules bind, by the symbols of core's tokens. */
  readonly container: Container;
  /** Called by the backend when people play. */
  readonly gameplay: Gameplay;
  /** Boards, standings and past periods, for the backend to show. */
  readonly leaderboards: Leaderboards;
  /** Players' lives, for the backend to show, or to spend outside quizzes. */
  readonly lives: PlayerLives;
  /** Players' streaks, for the backend to show. */
  readonly streaks: PlayerStreaks;
  /** Players as such: bring them from another system. */
  readonly players: Players;
  readonly #parts: JobHostParts;
  readonly #lifecycle: HostLifecycle;

  /** @internal */
  constructor(parts: JobHostParts) {
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
    this.players = parts.players;
  }

  get state(): HostState {
    return this.#lifecycle.state;
  }

  /**
   * How far this host's clock was ahead of the store's (negative: behind) at the last measurement. Milliseconds; `null`
   * before the host is open, and if its clock does not follow the store's.
   */
  get clockSkewMs(): number | null {
    const { clock } = this.#parts;
    return clock instanceof StoreClock ? clock.skewMs : null;
  }

  /** How long the host has been opening, in milliseconds; `null` in any other state. */
  get openingMs(): number | null {
    return this.#lifecycle.openingMs;
  }

  /** The jobs of this host with their schedules. */
  get jobs(): readonly ScheduledJob[] {
    return this.#parts.jobs;
  }

  /**
   * Opens the modules (connections, migrations) and registers the jobs, without running any at their ticks: for
   * players' actions, `runNow` and `health` in a process that leaves the ticks to others. If anything fails, what was
   * opened is closed again.
   *
   * @throws {HostStateError} also if the host is stopped meanwhile; {@link InvalidOptionError}
   * @throws {ClockSkewError} with `engine.refuseSkewedClock`, and errors of the store
   * @throws {SchemaOutdatedError} with `migrate: false`, if migrations are pending
   * @throws {BoardKindChangedError} if a board was all-time in this store and is not any more, or the other way round
   * @throws {BoardTieBreakChangedError} if a board has scores in another order of ties
   */
  open(options: OpenOptions = {}): Promise<void> {
    return this.#lifecycle.open(options);
  }

  /**
   * Checks, without changing anything, what {@link open} needs: connections, credentials, privileges, schema versions.
   * Works in every state of the host.
   */
  checkSetup(): Promise<readonly ModuleFinding[]> {
    return this.#lifecycle.checkSetup();
  }

  /**
   * Opens the host if needed, catches up on missed ticks, runs every job at its ticks and, if a bus is bound, delivers
   * events from now on.
   */
  async start(): Promise<void> {
    const { engine, watch, relay, cacheUpdater } = this.#parts;
    await this.#lifecycle.begin('start', 'running', () => {
      engine.start();
      watch.start();
      relay?.start();
      cacheUpdater?.start();
    });
  }

  /**
   * Opens the host if needed and watches the jobs without running any: for alerts and heartbeats from a process that
   * survives a crash of the processes that run the jobs.
   */
  async watch(): Promise<void> {
    await this.#lifecycle.begin('watch', 'watching', () => this.#parts.watch.start());
  }

  /**
   * Runs one job for one tick now; due ticks before it run first.
   *
   * @param options.tick an instant of the job's schedule, not in the future. Default: the newest.
   * @returns `ahead` if the tick has passed by this host's clock but not by the store's: retry in `retryInMs`
   * @throws {UnknownJobError} {@link NotATickError} {@link FutureTickError} {@link HostStateError}
   */
  async runNow(job: string, options: { readonly tick?: InstantLike } = {}): Promise<WithDates<TickOutcome>> {
    this.#lifecycle.assertOpen('run a job');
    const { tick } = knownOptions(options, ['tick']);
    const outcome = await this.#parts.engine.runNow(job, tick === undefined ? undefined : instant(tick));
    return tickOutcomeWithDates(outcome);
  }

  /**
   * Pauses a job on all instances until it is resumed. A current run continues to its end; `runNow` returns `paused`.
   *
   * @throws {UnknownJobError} {@link HostStateError}
   */
  async pause(job: string): Promise<void> {
    this.#lifecycle.assertOpen('pause a job');
    return this.#parts.engine.pause(job);
  }

  /**
   * Resumes a job. The job's `missedTicks` decides whether the ticks of the pause are run.
   *
   * @throws {UnknownJobError} {@link HostStateError}
   */
  async resume(job: string): Promise<void> {
    this.#lifecycle.assertOpen('resume a job');
    return this.#parts.engine.resume(job);
  }

  /**
   * Runs the ticks of a span that have not succeeded, oldest first: skipped and failed ones, and those from before the
   * job was registered. Stops at the first that cannot run now.
   *
   * @param span both ends are inclusive; at most 10,000 ticks
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
   * Returns what the run of a tick would change and which events it would write, without changing anything. The
   * affected rows are locked meanwhile.
   *
   * @param options.tick an instant of the job's schedule, may be in the future. Default: the newest.
   * @param options.limit approximate number of items to try. Default 1,000.
   * @throws {UnknownJobError} {@link NotATickError} {@link DryRunNotSupportedError} {@link HostStateError}
   */
  async dryRun(
    job: string,
    options: { readonly tick?: InstantLike; readonly limit?: number } = {},
  ): Promise<WithDates<DryRunReport>> {
    this.#lifecycle.assertOpen('dry-run a job');
    const { tick, ...rest } = knownOptions(options, ['tick', 'limit']);
    const { dryRuns, engine, clock } = this.#parts;
    const about = { ...rest, ...(tick !== undefined && { tick: instant(tick) }) };
    return dryRunWithDates(await dryRun(dryRuns, engine.scheduled(job), clock.now(), about));
  }

  /**
   * Returns what a tick would do with other rules, beside what it would do with the rules in force: how many players it
   * would treat differently, and some of them. It is computed on the players as they are now; nothing is changed or
   * locked. For `streak-update` and `life-regeneration`.
   *
   * @param options.rules the rules to try; the others stay
   * @param options.tick an instant of the job's schedule, may be in the future. Default: the next one.
   * @param options.sample the maximum number of players to return, from 0 to 100. Default 10.
   * @throws {UnknownJobError} {@link NotATickError} {@link WhatIfNotSupportedError} {@link HostStateError}
   * @throws {InvalidOptionError} also for an unknown rule, by its name
   * @example
   * const { current, proposed } = await host.whatIf('streak-update', { rules: { breakAfterHours: 36 } });
   */
  async whatIf<Job extends string>(
    job: Job,
    options: WhatIfOptions,
  ): Promise<
    WithDates<Job extends WhatIfReport['job'] ? Extract<WhatIfReport, { readonly job: Job }> : WhatIfReport>
  > {
    this.#lifecycle.assertOpen('try other rules');
    const { engine, clock, refresh, whatIfPorts } = this.#parts;
    const scheduled = engine.scheduled(job);
    await refresh.ensureFresh(PLAYERS_REFRESH_MS);
    const report = whatIfWithDates(await whatIf(whatIfPorts, scheduled, clock.now(), options));
    // The report is of the job that was asked for, which the compiler cannot follow.
    return report as Awaited<ReturnType<typeof this.whatIf<Job>>>;
  }

  /**
   * Returns the health of every job of this host, of its checks, and the waiting events. It is computed from the store
   * by the store's clock, so every instance returns the same.
   *
   * @throws {HostStateError} and errors of the store while it is unavailable
   */
  async health(): Promise<WithDates<HostHealth>> {
    this.#lifecycle.assertOpen('read its health');
    await this.#parts.refresh.ensureFresh(PLAYERS_REFRESH_MS);
    return healthWithDates(await hostHealth(this.#parts.healthPorts));
  }

  /**
   * Returns what jobs and calls did to a player, newest first, with the rule, the instants and the numbers: for
   * "why did my streak break?". `explanationText` turns an entry into a sentence. Ticks of the streak job that are due
   * and that no run has applied yet are included, because players see their effect already.
   *
   * @param page.limit from 1 to 1,000, default 20
   * @param page.before the last entry of the previous page, or an instant
   * @throws {InvalidOptionError} {@link InvalidInstantError} {@link HostStateError}
   * @example
   * for (const entry of await host.explain(userId('42'))) console.log(explanationText(entry));
   */
  async explain(userId: UserId, page: ExplainPage = {}): Promise<readonly WithDates<Explanation>[]> {
    this.#lifecycle.assertOpen('explain a player');
    return explainPlayer(this.#parts.explainPorts, userId, page);
  }

  /** Returns what this host has done for each of its jobs since it was created, in this process. */
  counters(): readonly JobCounters[] {
    return this.#parts.counters.of(this.jobs.map(({ job }) => job.name));
  }

  /**
   * Returns the metrics of this process, such as its clock and its connections: read from memory, in every state of the
   * host. Counters of its runs are in {@link counters}; values that all instances share are in {@link health}.
   */
  metrics(): readonly MeasuredValues[] {
    const { outages, metrics } = this.#parts;
    return processMetrics({ clockSkewMs: this.clockSkewMs, outages, contributed: metrics });
  }

  /**
   * Returns runs of a job from the ledger, newest tick first; also of a job that this host no longer has. Of a job that the
   * ledger does not know there are none.
   *
   * @throws {InvalidOptionError} {@link InvalidInstantError} {@link HostStateError}
   */
  async runs(job: string, page: RunListOptions = {}): Promise<readonly WithDates<Run>[]> {
    this.#lifecycle.assertOpen('read its ledger');
    const runs = await this.#parts.ledger.runs(...runsPage(job, page));
    return runs.map(runWithDates);
  }

  /**
   * Retries the failed items of one tick, with the tick as the current time. Waits for other runs of the job. Items
   * that succeed are removed from the failed items and counted as processed. A failed run then continues at its
   * checkpoint. If an item failed at several ticks, retry the oldest tick first.
   *
   * @throws {UnknownJobError} {@link NotATickError} {@link JobWithoutItemsError} {@link HostStateError}
   */
  async retryFailedItems(job: string, tick: InstantLike): Promise<WithDates<RetryOutcome>> {
    this.#lifecycle.assertOpen('retry failed items');
    return retryOutcomeWithDates(await this.#parts.engine.retryFailedItems(job, instant(tick)));
  }

  /**
   * Returns items that failed while the rest of their run succeeded, newest tick first.
   *
   * @throws {UnknownJobError} {@link HostStateError}
   */
  async failedItems(
    job: string,
    page: FailedItemListOptions = {},
  ): Promise<readonly WithDates<FailedItem>[]> {
    this.#lifecycle.assertOpen('list failed items');
    const items = await this.#parts.engine.failedItems(job, failedItemsPage(page));
    return items.map(failedItemWithDates);
  }

  /**
   * Returns events of the game, newest first, with the state of their delivery.
   *
   * @throws {InvalidOptionError} {@link HostStateError}
   */
  async events(page: EventListOptions = {}): Promise<readonly WithDates<OutboxEntry>[]> {
    this.#lifecycle.assertOpen('list its events');
    const events = await this.#parts.outbox.newest(eventsPage(page));
    return events.map(outboxEntryWithDates);
  }

  /** Returns how many events are not delivered to the bus yet, and how long the oldest has been waiting. */
  async outboxLag(): Promise<OutboxLag> {
    this.#lifecycle.assertOpen('count its events');
    return this.#parts.partitions.lag();
  }

  /**
   * Looks for waiting events now instead of at the relay's next poll: after a transaction whose events should not wait.
   * Does nothing unless this host is running and delivers to a bus.
   */
  pollEvents(): void {
    if (this.state === 'running') this.#parts.relay?.poll();
  }

  /** Resolves when no job is running. */
  idle(): Promise<void> {
    return this.#parts.engine.idle();
  }

  /**
   * Stops the host: no new runs start, each current run commits its batch and is released to other instances, then the
   * modules are closed in reverse order. Safe to call twice, and at any time: a host that is opening opens no further
   * module, and `open()` and `start()` throw.
   *
   * @returns after `engine.shutdownTimeoutMs` at the latest: whether everything had ended by then. `false` means that
   * something may still be running, such as a batch (its fence will roll it back) or a connection to a store that does
   * not respond; the log has the details
   */
  stop(): Promise<boolean> {
    return this.#lifecycle.stop();
  }

  /**
   * Calls {@link stop} at the end of the block in which the host was declared.
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
