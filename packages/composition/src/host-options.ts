import {
  DAY_MS,
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
import { assertKnownOptions, retentionRules, wholeNumber } from '@gamekeeper/core/engine';
import { defineBoards, leaderboardRules, livesRules, sessionRules, streakRules } from '@gamekeeper/core/game';
import { hostname } from 'node:os';
import { checkHealth, type CheckedHealth, type HealthOptions } from './health-options.ts';
import { randomUUID } from 'node:crypto';

/** What a host may change about any job, built in or its own. */
export type JobOverrides = Partial<
  Omit<JobOptions, 'name' | 'batch' | 'items' | 'isIdle' | 'supportsDryRun' | 'appliedOnDemand'>
> & {
  /** `false` leaves the job out of this host. */
  readonly enabled?: boolean;
};

/** A job of the host's own: complete, or made from what the host binds. */
export type CustomJob = JobDefinition | ((resolve: <T>(token: Token<T>) => T) => JobDefinition);

/** What {@link createJobHost} takes. */
export interface JobHostOptions {
  /** Adapters and a scheduler: between them they bind every port once. */
  readonly modules: readonly HostModule[];
  /** The numbers of the game's rules; defaults for all that is left out. */
  readonly rules?: {
    readonly lives?: Partial<LivesRules>;
    readonly streaks?: Partial<StreakRules>;
    readonly sessions?: Partial<SessionRules>;
    readonly leaderboards?: Partial<LeaderboardRules>;
    /** For how long what has happened is kept. */
    readonly retention?: Partial<RetentionRules>;
  };
  /** Default: `global` (all time), `weekly` and `monthly`, in UTC. */
  readonly boards?: readonly BoardOptions[];
  /** Jobs of the host's own, run beside the built-in ones. */
  readonly jobs?: readonly CustomJob[];
  /** Changes to jobs, by name: `{ 'life-regeneration': { schedule: { cron: '0 * * * *' } } }`. */
  readonly jobOverrides?: Readonly<Record<string, JobOverrides>>;
  readonly engine?: {
    /** How long an instance may stay silent before another takes its run over. Milliseconds, default 15,000. */
    readonly leaseMs?: number;
    /** How long `stop()` waits for batches at work. Milliseconds, default 10,000. */
    readonly shutdownTimeoutMs?: number;
    /**
     * How far this host's clock may be from the store's before the host says so in its log. Milliseconds, default 5,000.
     * The host goes by the store's clock either way. Given for a host with a `clock` of its own, that one follows the
     * store's too; without it, such a clock is neither corrected nor judged.
     */
    readonly maxClockSkewMs?: number;
    /** Whether `open()` and `start()` throw `CLOCK_SKEW` when it is further from it. Default `false`. */
    readonly refuseSkewedClock?: boolean;
  };
  /** How the jobs are watched, and who is told. */
  readonly health?: HealthOptions;
  /** How events are handed over to the bus that a module binds. */
  readonly relay?: {
    /** How many events are handed over at once. Default 500. */
    readonly batchSize?: number;
    /** The pause between two looks when no event waits. Milliseconds, default 500. */
    readonly pollIntervalMs?: number;
    /**
     * How long the bus may take over one event before the call is aborted. Where a host is silent for twice as long,
     * another takes its events over. Milliseconds, default 15,000.
     */
    readonly eventTimeoutMs?: number;
  };
  /** Names this instance in the ledger; no two may share it. Default: host name, process id and a random part. */
  readonly instanceId?: string;
  /**
   * The machine's clock, corrected to the store's, unless a module or this binds another. One of your own (a test, a
   * replay) is not corrected unless `engine.maxClockSkewMs` is given.
   */
  readonly clock?: Clock;
  /** Default: one line per run on the console. */
  readonly logger?: Logger;
  /** Further observers of all that the engine does. */
  readonly observers?: readonly RunObserver[];
}

/** The rules of every room of the game. */
export interface GameRules {
  readonly lives: LivesRules;
  readonly streaks: StreakRules;
  readonly sessions: SessionRules;
  readonly leaderboards: LeaderboardRules;
  readonly retention: RetentionRules;
}

/** Options with defaults filled in. */
export interface CheckedOptions {
  readonly rules: GameRules;
  readonly boards: readonly Board[];
  readonly leaseMs: number;
  readonly shutdownTimeoutMs: number;
  /** `null` unless it was given. */
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

/** @throws {InvalidOptionError} naming the first option that cannot work */
export function checkOptions(options: JobHostOptions): CheckedOptions {
  assertKnownOptions('', options, [
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
    'shutdownTimeoutMs',
    'maxClockSkewMs',
    'refuseSkewedClock',
  ]);
  if (!Array.isArray(options.modules)) {
    throw new InvalidOptionError(
      'modules',
      options.modules,
      'must be a list such as [postgresAdapters(…), cronerScheduler()]',
    );
  }
  const { leaseMs = 15_000, shutdownTimeoutMs = 10_000 } = options.engine ?? {};
  const { maxClockSkewMs, refuseSkewedClock = false } = options.engine ?? {};
  if (typeof refuseSkewedClock !== 'boolean')
    throw new InvalidOptionError('engine.refuseSkewedClock', refuseSkewedClock, 'must be true or false');
  assertKnownOptions('relay.', options.relay, ['batchSize', 'pollIntervalMs', 'eventTimeoutMs']);
  const { batchSize = 500, pollIntervalMs = 500, eventTimeoutMs = 15_000 } = options.relay ?? {};
  const { instanceId = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}` } = options;
  if (typeof instanceId !== 'string' || instanceId === '')
    throw new InvalidOptionError('instanceId', instanceId, 'must be non-empty text');
  return {
    rules,
    boards: defineBoards(options.boards),
    leaseMs: wholeNumber('engine.leaseMs', leaseMs, { min: 1_000, max: 3_600_000 }),
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

/**
 * The jobs of a host: built-in and own ones, with the host's settings applied.
 *
 * @throws {InvalidOptionError} for two jobs of one name and for settings of a job that does not exist
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
        `must name only existing jobs (${names.join(', ')})`,
      );
    }
  }
  return jobs.map((job) => {
    const { enabled = true, ...change } = jobOverrides[job.name] ?? {};
    const path = `jobOverrides.${job.name}.`;
    if (typeof enabled !== 'boolean') {
      throw new InvalidOptionError(`${path}enabled`, enabled, 'must be true or false');
    }
    assertKnownOptions(path, change, [
      'schedule',
      'missedTicks',
      'catchUpWindowMs',
      'delayMs',
      'lateAfterMs',
      'failing',
      'maxBatchSize',
      'targetBatchMs',
      'retry',
      'retryRun',
      'timeoutMs',
      'maxFailureRate',
      'enabled',
    ]);
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
      // A window made for another schedule says nothing about this one.
      ...(lateAfterMs !== null && !change.schedule && { lateAfterMs }),
      ...change,
      failing: { ...job.failing, ...change.failing },
      retry: { ...job.retry, ...change.retry },
      ...((retryRun ?? change.retryRun) && { retryRun: { ...retryRun, ...change.retryRun } }),
    };
    return { job: defineJob(changed), enabled };
  });
}

/** One room's rules; every name that its defaults do not have is refused. */
function checked<Rules extends object>(
  room: string,
  complete: (options?: Partial<Rules>) => Rules,
  options: Partial<Rules> | undefined,
): Rules {
  assertKnownOptions(`rules.${room}.`, options, Object.keys(complete()));
  return complete(options);
}
