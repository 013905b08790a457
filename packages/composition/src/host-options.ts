import {
  DAY_MS,
  HOUR_MS,
  InvalidOptionError,
  defineJob,
  type Board,
  type BoardOptions,
  type Clock,
  type JobDefinition,
  type JobOptions,
  type LeaderboardRules,
  type LivesRules,
  type RetentionRules,
  type Logger,
  type RunObserver,
  type SessionRules,
  type StreakRules,
} from '@gamekeeper/core';
import { type HostModule, type Token } from '@gamekeeper/core/ports';
import {
  DEFAULT_BELL_MS,
  DEFAULT_KEPT_LOG_LINES,
  assertKnownOptions,
  givenClock,
  givenList,
  givenLogger,
  givenObject,
  overridableJobOptions,
  requiredOptions,
  retentionRules,
  storableText,
  wholeNumber,
  type CourierRole,
} from '@gamekeeper/core/engine';
import { defineBoards, leaderboardRules, livesRules, sessionRules, streakRules } from '@gamekeeper/core/game';
import { hostname } from 'node:os';
import { checkHealth, type CheckedHealth, type HealthOptions } from './health-options.ts';
import { givenModule } from './given-module.ts';
import { randomUUID } from 'node:crypto';

/** What a host may change about any built-in or custom job. */
export type JobOverrides = Partial<
  Omit<
    JobOptions,
    'name' | 'batch' | 'items' | 'isIdle' | 'shards' | 'finish' | 'supportsDryRun' | 'appliedOnDemand'
  >
> & {
  /** `false` disables the job in this host. */
  readonly enabled?: boolean;
};

/** A custom job: complete, or created from what the host binds. */
export type CustomJob = JobDefinition | ((resolve: <T>(token: Token<T>) => T) => JobDefinition);

/** Options of {@link createJobHost}. */
export interface JobHostOptions {
  /** Adapters and a scheduler: together they bind every port once. */
  readonly modules: readonly HostModule[];
  /** The numbers of the game's rules; missing ones have defaults. */
  readonly rules?: {
    readonly lives?: Partial<LivesRules>;
    readonly streaks?: Partial<StreakRules>;
    readonly sessions?: Partial<SessionRules>;
    readonly leaderboards?: Partial<LeaderboardRules>;
    /** How long history is kept. */
    readonly retention?: Partial<RetentionRules>;
  };
  /** Default: `global` (all time), `weekly` and `monthly`, in UTC. */
  readonly boards?: readonly BoardOptions[];
  /** Custom jobs, in addition to the built-in ones. */
  readonly jobs?: readonly CustomJob[];
  /** Changes of jobs, by name: `{ 'life-regeneration': { schedule: { cron: '0 * * * *' } } }`. */
  readonly jobOverrides?: Readonly<Record<string, JobOverrides>>;
  readonly engine?: {
    /** How long an instance may be silent before another takes over its run. Milliseconds, default 15,000. */
    readonly leaseMs?: number;
    /**
     * How many shards of one run this instance works on at once, each on a connection of its own. Default 1. Only runs
     * of jobs with `maxShards` above 1 are divided.
     */
    readonly shardConcurrency?: number;
    /**
     * What this host does with the courier that a module binds: `send` what is due, `work` on what is delivered, or
     * `both` (default). Every fleet needs hosts that send (two or more, so that one may die) and hosts that work. Calls such as
     * `runNow` work on any host.
     */
    readonly role?: CourierRole;
    /**
     * The longest time between two looks at what is due and not done, which is then sent again. Milliseconds, default
     * 15,000. Only hosts with a shared courier and the role `send` or `both` look.
     */
    readonly bellMs?: number;
    /**
     * How many log lines about runs this process keeps in memory, for the dashboard; of one run at most 100. 0 switches
     * it off. Default 2,000.
     */
    readonly keptLogLines?: number;
    /** How long `stop()` waits for running batches. Milliseconds, default 10,000. */
    readonly shutdownTimeoutMs?: number;
    /**
     * The skew between this host's clock and the store's beyond which the host logs a warning. Milliseconds, default
     * 5,000. The host uses the store's clock in any case. If this option is set for a host with a custom `clock`, that
     * clock is corrected by the store's too; without this option, a custom clock is neither corrected nor checked.
     */
    readonly maxClockSkewMs?: number;
    /** Whether `open()` and `start()` throw `CLOCK_SKEW` if the skew exceeds `maxClockSkewMs`. Default `false`. */
    readonly refuseSkewedClock?: boolean;
  };
  /** How the jobs are watched, and where alerts are sent. */
  readonly health?: HealthOptions;
  /** How events are delivered to the bus that a module binds. */
  readonly relay?: {
    /** Maximum number of events per delivery. Default 500. */
    readonly batchSize?: number;
    /** Interval between two reads of the outbox when no event waits. Milliseconds, default 500. */
    readonly pollIntervalMs?: number;
    /**
     * Timeout of one publish call, per event. If an instance is silent for twice this time, another one takes over its
     * events. Milliseconds, default 15,000.
     */
    readonly eventTimeoutMs?: number;
  };
  /** The name of this instance in the ledger; it must be unique. Default: host name, process id and a random part. */
  readonly instanceId?: string;
  /**
   * The host's clock. Default: the machine's clock, corrected by the store's. A custom clock (a test, a replay) is not
   * corrected unless `engine.maxClockSkewMs` is set.
   */
  readonly clock?: Clock;
  /** Default: one line per run on the console. */
  readonly logger?: Logger;
  /** Further observers of runs. */
  readonly observers?: readonly RunObserver[];
}

/** The rules of all parts of the game. */
export interface GameRules {
  readonly lives: LivesRules;
  readonly streaks: StreakRules;
  readonly sessions: SessionRules;
  readonly leaderboards: LeaderboardRules;
  readonly retention: RetentionRules;
}

/** Options with defaults. */
export interface CheckedOptions {
  readonly rules: GameRules;
  readonly boards: readonly Board[];
  readonly leaseMs: number;
  readonly shardConcurrency: number;
  readonly role: CourierRole;
  readonly bellMs: number;
  readonly keptLogLines: number;
  readonly shutdownTimeoutMs: number;
  /** The option `engine.maxClockSkewMs`, or `null` if not set. */
  readonly maxClockSkewMs: number | null;
  readonly refuseSkewedClock: boolean;
  readonly instanceId: string;
  readonly health: CheckedHealth;
  readonly relay: {
    readonly batchSize: number;
    readonly pollIntervalMs: number;
    readonly eventTimeoutMs: number;
  };
}

const ROLES: readonly CourierRole[] = ['both', 'send', 'work'];

/**
 * Returns the options with defaults.
 *
 * @throws {InvalidOptionError} naming the first invalid option
 */
export function checkOptions(options: JobHostOptions): CheckedOptions {
  requiredOptions('', options, [
    'modules',
    'rules',
    'boards',
    'jobs',
    'jobOverrides',
    'engine',
    'health',
    'relay',
    'instanceId',
    'clock',
    'logger',
    'observers',
  ]);
  assertKnownOptions('rules.', options.rules, ['lives', 'streaks', 'sessions', 'leaderboards', 'retention']);
  const rules = {
    lives: checked('lives', livesRules, options.rules?.lives),
    streaks: checked('streaks', streakRules, options.rules?.streaks),
    sessions: checked('sessions', sessionRules, options.rules?.sessions),
    leaderboards: checked('leaderboards', leaderboardRules, options.rules?.leaderboards),
    retention: checked('retention', retentionRules, options.rules?.retention),
  };
  assertKnownOptions('engine.', options.engine, [
    'leaseMs',
    'shardConcurrency',
    'role',
    'bellMs',
    'keptLogLines',
    'shutdownTimeoutMs',
    'maxClockSkewMs',
    'refuseSkewedClock',
  ]);
  checkParts(options);
  const { leaseMs = 15_000, shutdownTimeoutMs = 10_000, shardConcurrency = 1 } = options.engine ?? {};
  const {
    role = 'both',
    bellMs = DEFAULT_BELL_MS,
    keptLogLines = DEFAULT_KEPT_LOG_LINES,
  } = options.engine ?? {};
  if (!ROLES.includes(role))
    throw new InvalidOptionError('engine.role', role, 'must be "send", "work" or "both"');
  const { maxClockSkewMs, refuseSkewedClock = false } = options.engine ?? {};
  if (typeof refuseSkewedClock !== 'boolean')
    throw new InvalidOptionError('engine.refuseSkewedClock', refuseSkewedClock, 'must be true or false');
  assertKnownOptions('relay.', options.relay, ['batchSize', 'pollIntervalMs', 'eventTimeoutMs']);
  const { batchSize = 500, pollIntervalMs = 500, eventTimeoutMs = 15_000 } = options.relay ?? {};
  const { instanceId = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}` } = options;
  storableText('instanceId', instanceId, 'must be 1 to 200 characters of text', { most: 200 });
  return {
    rules,
    boards: defineBoards(options.boards),
    leaseMs: wholeNumber('engine.leaseMs', leaseMs, { min: 1_000, max: 3_600_000 }),
    shardConcurrency: wholeNumber('engine.shardConcurrency', shardConcurrency, { min: 1, max: 64 }),
    role,
    bellMs: wholeNumber('engine.bellMs', bellMs, { min: 1_000, max: HOUR_MS }),
    keptLogLines: wholeNumber('engine.keptLogLines', keptLogLines, { min: 0, max: 100_000 }),
    shutdownTimeoutMs: wholeNumber('engine.shutdownTimeoutMs', shutdownTimeoutMs, { min: 0, max: 3_600_000 }),
    maxClockSkewMs:
      maxClockSkewMs === undefined
        ? null
        : wholeNumber('engine.maxClockSkewMs', maxClockSkewMs, { min: 1, max: DAY_MS }),
    refuseSkewedClock,
    instanceId,
    health: checkHealth(options.health),
    relay: {
      batchSize: wholeNumber('relay.batchSize', batchSize, { min: 1, max: 10_000 }),
      pollIntervalMs: wholeNumber('relay.pollIntervalMs', pollIntervalMs, { min: 10, max: 3_600_000 }),
      eventTimeoutMs: wholeNumber('relay.eventTimeoutMs', eventTimeoutMs, { min: 1_000, max: 3_600_000 }),
    },
  };
}

/** Checks the kinds of what a host is made of, before anything of it is used. */
function checkParts({
  modules,
  jobs = [],
  jobOverrides = {},
  observers = [],
  clock,
  logger,
}: JobHostOptions): void {
  givenList('modules', modules, 'must be a list such as [postgresAdapters(…), cronerScheduler()]');
  modules.forEach((module, index) => givenModule(`modules[${index}]`, module));
  givenList('jobs', jobs, 'must be a list of jobs that defineJob returned');
  jobs.forEach((job, index) => {
    if (typeof job !== 'function')
      givenObject(
        `jobs[${index}]`,
        job,
        'must be a job that defineJob returned, or a function that returns one',
      );
  });
  givenObject('jobOverrides', jobOverrides, 'must be an object of changes by the names of jobs');
  givenList('observers', observers, 'must be a list of observers such as [telemetry()]');
  observers.forEach((observer, index) =>
    givenObject(`observers[${index}]`, observer, 'must be an observer such as telemetry()'),
  );
  if (clock !== undefined) givenClock('clock', clock);
  if (logger !== undefined) givenLogger('logger', logger);
}

const JOB_OVERRIDES = [...overridableJobOptions, 'enabled'];

/**
 * Returns the jobs of a host: built-in and custom jobs, with the host's overrides applied.
 *
 * @throws {InvalidOptionError} if two jobs have one name, or an override names an unknown job
 */
export function applyJobOverrides(
  jobs: readonly JobDefinition[],
  jobOverrides: Readonly<Record<string, JobOverrides>> = {},
): readonly { readonly job: JobDefinition; readonly enabled: boolean }[] {
  const names = jobs.map(({ name }) => name);
  const doubled = names.find((name, index) => names.indexOf(name) !== index);
  if (doubled !== undefined) throw new InvalidOptionError('jobs', doubled, 'must have unique names');
  for (const name of Object.keys(jobOverrides)) {
    if (!names.includes(name)) {
      throw new InvalidOptionError(
        'jobOverrides',
        name,
        `must contain only names of this host's jobs (${names.join(', ')})`,
      );
    }
  }
  return jobs.map((job) => {
    const path = `jobOverrides.${job.name}.`;
    const given = jobOverrides[job.name];
    assertKnownOptions(path, given, JOB_OVERRIDES);
    const { enabled = true, ...change } = given ?? {};
    if (typeof enabled !== 'boolean') {
      throw new InvalidOptionError(`${path}enabled`, enabled, 'must be true or false');
    }
    assertKnownOptions(`${path}retry.`, change.retry, ['maxAttempts', 'initialDelayMs', 'maxDelayMs']);
    assertKnownOptions(`${path}retryRun.`, change.retryRun, ['maxAttempts', 'initialDelayMs', 'maxDelayMs']);
    assertKnownOptions(`${path}failing.`, change.failing, [
      'consecutiveFailures',
      'failureRate',
      'sampleSize',
    ]);
    const { lateAfterMs, retryRun, ...rest } = job;
    const changed = {
      ...rest,
      // A limit that was computed for another schedule is wrong for this one.
      ...(lateAfterMs !== null && !change.schedule && { lateAfterMs }),
      ...change,
      failing: { ...job.failing, ...change.failing },
      retry: { ...job.retry, ...change.retry },
      ...((retryRun ?? change.retryRun) && { retryRun: { ...retryRun, ...change.retryRun } }),
    };
    return { job: defineJob(changed), enabled };
  });
}

/** @throws {InvalidOptionError} for a built-in job that would run once, at `{ at }` */
export function assertRepeated(job: string, schedule: JobOverrides['schedule']): void {
  if (typeof schedule === 'object' && 'at' in schedule)
    throw new InvalidOptionError(
      `jobOverrides.${job}.schedule`,
      schedule,
      'must have a cron expression; only a job of your own may run once',
    );
}

/** Returns one group of rules with defaults, after rejecting unknown names. */
function checked<Rules extends object>(
  room: string,
  complete: (options?: Partial<Rules>) => Rules,
  options: Partial<Rules> | undefined,
): Rules {
  assertKnownOptions(`rules.${room}.`, options, Object.keys(complete()));
  return complete(options);
}
