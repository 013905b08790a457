import {
  InvalidOptionError,
  InvalidScheduleError,
  JobEngine,
  PlayerLives,
  lifeRegeneration,
  observers,
  provide,
  runLog,
  tokens,
  type HostModule,
  type JobDefinition,
  type ScheduledJob,
  type Schedules,
  type Token,
} from '@gamekeeper/core';
import { consoleLogger } from './console-logger.ts';
import { publishDiagnostics } from './diagnostics.ts';
import { applySettings, checkOptions, type JobHostOptions } from './host-options.ts';
import { JobHost } from './job-host.ts';
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
  const { rules, leaseMs, stopWithinMs, owner } = checkOptions(options);
  const modules = [...options.modules, defaults(options)];
  const container = wire(modules);
  const port = <T>(token: Token<T>): T => resolve(container, token);

  const clock = port(tokens.clock);
  const transactions = port(tokens.transactions);
  const lives = port(tokens.lives);
  const ledger = port(tokens.ledger);
  const builtIn = [lifeRegeneration({ lives, rules: rules.lives })];
  const own = (options.jobs ?? []).map((job) => (typeof job === 'function' ? job(port) : job));
  const all = applySettings([...builtIn, ...own], options.settings).map(({ job, enabled }) => ({
    ...scheduled(job, port(tokens.schedules)),
    enabled,
  }));
  const scheduleOf = (name: string): ScheduledJob['schedule'] =>
    all.find(({ job }) => job.name === name)!.schedule;
  const jobs = all.filter(({ enabled }) => enabled);

  const engine = new JobEngine({
    jobs,
    owner,
    ledger,
    transactions,
    clock,
    leaseMs,
    scheduler: port(tokens.scheduler),
    random: Math.random,
    observer: observers([runLog(port(tokens.logger)), publishDiagnostics(), ...(options.observers ?? [])]),
  });
  return new JobHost({
    container,
    modules,
    engine,
    ledger,
    clock,
    jobs,
    stopWithinMs,
    logger: port(tokens.logger),
    lives: new PlayerLives({
      lives,
      transactions,
      clock,
      rules: rules.lives,
      schedule: scheduleOf('life-regeneration'),
    }),
  });
}

/** Clock and logger, from the options or as they come, unless a module binds them. */
function defaults({ modules, clock, logger }: JobHostOptions): HostModule {
  const bound = new Set(modules.flatMap(({ bindings }) => bindings.map(({ token }) => token.symbol)));
  return {
    name: 'the options',
    bindings: [
      ...(clock || !bound.has(tokens.clock.symbol)
        ? [provide(tokens.clock, [], () => clock ?? new SystemClock())]
        : []),
      ...(logger || !bound.has(tokens.logger.symbol)
        ? [provide(tokens.logger, [], () => logger ?? consoleLogger())]
        : []),
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
