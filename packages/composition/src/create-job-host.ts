import {
  Gameplay,
  InvalidOptionError,
  InvalidScheduleError,
  JobEngine,
  Leaderboards,
  PlayerLives,
  PlayerStreaks,
  observers,
  provide,
  provideFallback,
  runLog,
  tokens,
  type HostModule,
  type JobDefinition,
  type InspectionPorts,
  type ScheduledJob,
  type Schedules,
  type Token,
} from '@gamekeeper/core';
import { randomUUID } from 'node:crypto';
import { eventRelay } from './event-relay.ts';
import { healthWatch } from './health-watch.ts';
import { builtInJobs } from './built-in-jobs.ts';
import { clockPolicy, clockWatch, withStoreClock } from './host-clock.ts';
import { consoleLogger } from './console-logger.ts';
import { publishDiagnostics } from './diagnostics.ts';
import { applySettings, checkOptions, type CheckedOptions, type JobHostOptions } from './host-options.ts';
import { JobHost } from './job-host.ts';
import { RunTally } from './run-tally.ts';
import { storedEnds, withResets } from './resets.ts';
import { SystemClock } from './system-clock.ts';
import { resolve, wire } from './wiring.ts';

/**
 * Puts a host together from modules. Everything is checked here, before anything is opened or started.
 *
 * @throws {InvalidOptionError} naming the option that cannot work: a cron that never fires, an unknown zone, negative
 *   minutes, an unknown job
 * @throws {WiringError} naming every port that no module binds, or several do
 * @example
 * const host = createJobHost({ modules: [postgresAdapters({ url }), cronerScheduler()] });
 * await host.start();
 * process.once('SIGTERM', () => host.stop());
 */
export function createJobHost(options: JobHostOptions): JobHost {
  const checked = checkOptions(options);
  const policy = clockPolicy(options, checked);
  const bound = [...options.modules, defaults(options)];
  const modules = policy ? withStoreClock(bound) : bound;
  const container = wire(modules);
  const port: Port = (token) => resolve(container, token);
  const tally = new RunTally();
  const observer = observers([
    tally,
    runLog(port(tokens.logger)),
    publishDiagnostics(),
    ...(options.observers ?? []),
  ]);
  const inspection = {
    ledger: port(tokens.ledger),
    alertLog: port(tokens.alertLog),
    jobs: () => jobs,
    routes: checked.health.alerts,
    remindEveryMs: checked.health.remindEveryMs,
    observer,
  };
  const all = scheduledJobs(options, checked, port, inspection);
  const jobs: readonly ScheduledJob[] = all.filter(({ enabled }) => enabled);
  const { logger, ledger, clock } = {
    logger: port(tokens.logger),
    ledger: port(tokens.ledger),
    clock: port(tokens.clock),
  };
  const engine = new JobEngine({
    jobs,
    owner: checked.owner,
    ledger,
    failedItems: port(tokens.failedItems),
    clock,
    leaseMs: checked.leaseMs,
    transactions: port(tokens.transactions),
    scheduler: port(tokens.scheduler),
    random: Math.random,
    observer,
  });
  const { stopWithinMs, boards } = checked;
  const relay = eventRelay(container, port, checked);
  const lanes = port(tokens.outboxLanes);
  const rankings = port(tokens.rankings);
  return new JobHost({
    container,
    modules,
    engine,
    ledger,
    clock,
    logger,
    jobs,
    rehearsals: port(tokens.rehearsals),
    watch: healthWatch(inspection, port, checked),
    clockWatch: clockWatch(port, policy, checked),
    refuseSkewedClock: checked.refuseSkewedClock,
    healthPorts: { ledger, jobs, boards, rankings, lanes: relay && lanes },
    relay,
    lanes,
    tally,
    stopWithinMs,
    prepare: () => storedEnds(all, boards, rankings),
    ...rooms(checked, port, (name) => all.find(({ job }) => job.name === name)!.schedule),
  });
}

type Port = <T>(token: Token<T>) => T;

/** What a backend calls as people play, on the schedules that the host's jobs have. */
function rooms(
  { rules, boards }: CheckedOptions,
  port: Port,
  scheduleOf: (job: string) => ScheduledJob['schedule'],
) {
  const transactions = port(tokens.transactions);
  const clock = port(tokens.clock);
  const rankings = port(tokens.rankings);
  const cache = port(tokens.leaderboardCache);
  const lives = new PlayerLives({
    lives: port(tokens.lives),
    transactions,
    clock,
    rules: rules.lives,
    schedule: scheduleOf('life-regeneration'),
  });
  const streaks = new PlayerStreaks({
    streaks: port(tokens.streaks),
    transactions,
    clock,
    rules: rules.streaks,
    schedule: scheduleOf('streak-update'),
  });
  const gameplay = new Gameplay({
    transactions,
    clock,
    cache,
    rankings,
    lives,
    streaks,
    boards,
    rules,
    players: port(tokens.players),
    sessions: port(tokens.sessions),
    outbox: port(tokens.outbox),
    logger: port(tokens.logger),
    newId: randomUUID,
  });
  return {
    lives,
    streaks,
    gameplay,
    leaderboards: new Leaderboards({ boards, rankings, cache, transactions, clock }),
  };
}

/** Built-in and own jobs with the host's settings, and their schedules read. */
function scheduledJobs(
  options: JobHostOptions,
  { rules, boards }: CheckedOptions,
  port: Port,
  inspection: InspectionPorts,
): readonly (ScheduledJob & { readonly enabled: boolean })[] {
  // The days of streaks are those of the zone in which their job runs.
  const streakZone = options.settings?.['streak-update']?.schedule?.zone ?? 'UTC';
  const own = (options.jobs ?? []).map((job) => (typeof job === 'function' ? job(port) : job));
  const jobs = [...builtInJobs(port, { rules, boards, streakZone, inspection }), ...own];
  const all = applySettings(jobs, options.settings).map(({ job, enabled }) => ({
    ...scheduled(job, port(tokens.schedules)),
    enabled,
  }));
  return withResets(all, { boards, settings: options.settings ?? {}, now: port(tokens.clock).now() });
}

/** Clock and logger, from the options or as they come, unless a module binds them. */
function defaults({ clock, logger }: JobHostOptions): HostModule {
  return {
    name: 'the options',
    bindings: [
      clock
        ? provide(tokens.clock, [], () => clock)
        : provideFallback(tokens.clock, [], () => new SystemClock()),
      logger
        ? provide(tokens.logger, [], () => logger)
        : provideFallback(tokens.logger, [], () => consoleLogger()),
    ],
  };
}

function scheduled(job: JobDefinition, schedules: Schedules): ScheduledJob {
  try {
    return { job, schedule: schedules.parse(job.schedule) };
  } catch (error) {
    if (!(error instanceof InvalidScheduleError)) throw error;
    throw new InvalidOptionError(`${job.name}.schedule`, job.schedule, error.message.replace(/\.$/, ''), {
      cause: error,
    });
  }
}
