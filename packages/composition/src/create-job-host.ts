import {
  InvalidOptionError,
  InvalidScheduleError,
  type JobDefinition,
  type Instant,
  type ScheduledJob,
} from '@gamekeeper/core';
import {
  provide,
  provideFallback,
  hostTokens,
  engineTokens,
  gameTokens,
  optionalGameTokens,
  optionalTokens,
  type HostModule,
  type Schedule,
  type ScheduleParser,
} from '@gamekeeper/core/ports';
import {
  JobEngine,
  JobTimelines,
  Outages,
  PLAYERS_REFRESH_MS,
  RUNS_REFRESH_MS,
  RecordRefresher,
  combineObservers,
  loggingObserver,
  timeZoneAt,
  withOneTimeSchedules,
  RunCounters,
  RunLog,
} from '@gamekeeper/core/engine';
import { eventRelay } from './event-relay.ts';
import { gameServices, type HostParts, type Port } from './game-services.ts';
import { healthChecks } from './health-checks.ts';
import { healthWatch } from './health-watch.ts';
import { builtInJobs } from './built-in-jobs.ts';
import { clockPolicy, clockWatch, monotonicClockOf, withStoreClock } from './host-clock.ts';
import { consoleLogger } from './console-logger.ts';
import { publishDiagnostics } from './diagnostics.ts';
import { applyJobOverrides, assertRepeated, checkOptions, type JobHostOptions } from './host-options.ts';
import { courierOf } from './host-courier.ts';
import { throttleOf } from './host-throttle.ts';
import { JobHost } from './job-host.ts';
import { assertNodeVersion } from './node-version.ts';
import { contributedMetrics } from './process-metrics.ts';
import { withMaskedLogger } from './masked-logger.ts';
import { RecordedRules } from './recorded-rules.ts';
import { loadStoredPeriodEnds, withResets } from './resets.ts';
import { SystemClock } from './system-clock.ts';
import { resolve, resolveIfBound, wire } from './wiring.ts';

/**
 * Creates a host from modules. All options and bindings are checked before anything is opened or started.
 *
 * @throws {InvalidOptionError} naming the invalid option: a cron expression that never matches, an unknown time zone,
 * negative minutes, an unknown job
 * @throws {NodeTooOldError} on a Node.js older than 22.17
 * @throws {WiringError} naming every port that no module binds, or that several bind
 * @example
 * const host = createJobHost({ modules: [postgresAdapters({ url }), cronerScheduler()] });
 * await host.start();
 * process.once('SIGTERM', () => host.stop());
 */
export function createJobHost(options: JobHostOptions): JobHost {
  assertNodeVersion();
  const checked = checkOptions(options);
  const policy = clockPolicy(options, checked);
  const runLog = new RunLog({
    limit: checked.keptLogLines,
    now: () => port(engineTokens.clock).now(),
  });
  const bound = withMaskedLogger([...options.modules, defaults(options, runLog)], runLog);
  const modules = policy ? withStoreClock(bound) : bound;
  const container = wire(modules);
  const port: Port = (token) => resolve(container, token);
  const tally = new RunCounters();
  const observer = combineObservers([
    tally,
    loggingObserver(port(engineTokens.logger)),
    publishDiagnostics(),
    ...(options.observers ?? []),
  ]);
  const jobRegistry = port(engineTokens.jobRegistry);
  const storeTime = port(engineTokens.storeTime);
  const inspection = {
    jobRegistry,
    storeTime,
    verdictLog: port(engineTokens.verdictLog),
    alertLog: port(engineTokens.alertLog),
    jobs: () => jobs,
    checks: () => checks,
    routes: checked.health.alerts,
    reminderIntervalMs: checked.health.reminderIntervalMs,
    observer,
  };
  const { logger, ledger, clock } = {
    logger: port(engineTokens.logger),
    ledger: port(engineTokens.ledger),
    clock: port(engineTokens.clock),
  };
  const timelines = new JobTimelines({ schedules: port(engineTokens.scheduleParser), logger });
  const rules = new RecordedRules({ rules: checked.rules, history: port(engineTokens.ruleHistory), logger });
  const refresh = new RecordRefresher(clock, async (tx) => {
    engine.adopt(await jobRegistry.ticks(tx));
    await rules.refresh(tx);
  });
  const parts = { checked, port, inspection, timelines, rules, refresh };
  const all = scheduledJobs(options, parts);
  const jobs: readonly ScheduledJob[] = all.filter(({ enabled }) => enabled);
  const checks = healthChecks({ container, modules, port, checked, jobs: all });
  const shardLedger = resolveIfBound(container, optionalTokens.shardLedger);
  const engine = new JobEngine({
    jobs,
    instanceId: checked.instanceId,
    ledger,
    jobRegistry,
    storeTime,
    failedItems: port(engineTokens.failedItems),
    clock,
    leaseMs: checked.leaseMs,
    shardConcurrency: checked.shardConcurrency,
    courier: courierOf(container, checked),
    runOverview: port(engineTokens.runOverview),
    role: checked.role,
    bellMs: checked.bellMs,
    ...(shardLedger && { shardLedger }),
    transactions: port(engineTokens.transactions),
    scheduler: port(engineTokens.scheduler),
    random: Math.random,
    observer,
    throttle: throttleOf(container, options),
    timelines,
    refresh: () => refresh.ensureFresh(RUNS_REFRESH_MS),
  });
  const { shutdownTimeoutMs, boards } = checked;
  const relay = eventRelay(container, port, checked);
  const lanes = port(engineTokens.outboxPartitions);
  const outages = port(hostTokens.outages);
  return new JobHost({
    container,
    modules,
    engine,
    ledger,
    clock,
    monotonicClock: monotonicClockOf(clock, options),
    logger,
    jobs,
    dryRuns: port(engineTokens.dryRuns),
    clockWatch: clockWatch(port, policy, checked),
    refuseSkewedClock: checked.refuseSkewedClock,
    rules,
    refresh,
    watch: healthWatch(inspection, port, checked, async () => {
      outages.current();
      await refresh.ensureFresh(PLAYERS_REFRESH_MS);
    }),
    healthPorts: {
      jobRegistry,
      storeTime,
      clock,
      jobs,
      checks,
      boards,
      outages,
      alertLog: port(engineTokens.alertLog),
    },
    outages,
    relay,
    outbox: port(engineTokens.outbox),
    partitions: lanes,
    counters: tally,
    metrics: contributedMetrics(modules, port),
    shutdownTimeoutMs,
    prepare: () =>
      loadStoredPeriodEnds(all, boards, {
        periods: port(gameTokens.periods),
        rankings: port(gameTokens.rankings),
        periodResets: port(gameTokens.periodResets),
      }),
    ...gameServices(parts, all, resolveIfBound(container, optionalGameTokens.pendingCacheUpdates)),
  });
}

/**
 * Returns built-in and custom jobs with the host's overrides and parsed schedules: the stored schedules, once they are
 * known.
 */
function scheduledJobs(
  options: JobHostOptions,
  { checked, port, inspection, timelines, rules }: HostParts,
): readonly (ScheduledJob & { readonly enabled: boolean })[] {
  // Days of streaks are days in the time zone of the streak job.
  const streakZone = (tick: Instant): string =>
    timeZoneAt(timelines.sinceRegistration('streak-update'), tick);
  const own = (options.jobs ?? []).map((job) => (typeof job === 'function' ? job(port) : job));
  const builtIn = builtInJobs(port, { ...checked, recorded: rules, streakZone, inspection });
  const jobs = [...builtIn, ...own];
  for (const { name } of builtIn) assertRepeated(name, options.jobOverrides?.[name]?.schedule);
  const all = applyJobOverrides(jobs, options.jobOverrides).map(({ job, enabled }) => {
    const schedule = timelines.add(job.name, ownSchedule(job, port(engineTokens.scheduleParser)));
    return { job, schedule, enabled };
  });
  const { boards } = checked;
  return withResets(all, {
    boards,
    jobOverrides: options.jobOverrides ?? {},
    now: port(engineTokens.clock).now(),
  });
}

/**
 * Returns a module that binds clock and logger, from the options or by default, unless another module binds them; and
 * what every host has.
 */
function defaults({ clock, logger }: JobHostOptions, runLog: RunLog): HostModule {
  return {
    name: 'the options',
    bindings: [
      clock
        ? provide(engineTokens.clock, [], () => clock)
        : provideFallback(engineTokens.clock, [], () => new SystemClock()),
      logger
        ? provide(engineTokens.logger, [], () => logger)
        : provideFallback(engineTokens.logger, [], () => consoleLogger()),
      provide(hostTokens.runLog, [], () => runLog),
      provideFallback(
        hostTokens.outages,
        [engineTokens.clock, engineTokens.logger],
        (ofHost, log) => new Outages({ clock: ofHost, logger: log }),
      ),
    ],
  };
}

function ownSchedule(job: JobDefinition, schedules: ScheduleParser): Schedule {
  try {
    return withOneTimeSchedules(schedules).parse(job.schedule);
  } catch (error) {
    if (!(error instanceof InvalidScheduleError)) throw error;
    throw new InvalidOptionError(
      `${job.name}.schedule`,
      job.schedule,
      `must be a valid schedule (${error.message.replace(/\.$/, '')})`,
      {
        cause: error,
      },
    );
  }
}
