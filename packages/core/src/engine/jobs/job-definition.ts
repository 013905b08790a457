import type { BatchProgress } from './batch-progress.ts';
import { InvalidOptionError } from '../common/errors.ts';
import { failingRule, type FailingRule } from '../health/failing.ts';
import type { Json } from '../common/json.ts';
import { fraction, givenObject, isKey, wholeNumber } from '../common/options.ts';
import type { AbortSignal } from '../time/abort.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type Instant } from '../time/instant.ts';
import { oneTimeSpec, type OneTimeSpec } from '../time/one-time-schedule.ts';
import type { ScheduleSpec } from '../time/schedule.ts';
import type { Transaction } from '../transactions/transactions.ts';
import { shardLimit, type Division, type Finish, type ShardsQuery } from './division.ts';
import type { JobRegistration } from './job-registry.ts';
import { assertJobShape } from './job-shape.ts';

/**
 * What happens to ticks that did not run in time:
 * - `every`: all of them run, oldest first;
 * - `latest`: only the newest runs, the others are recorded as skipped;
 * - `none`: a tick runs on time or is recorded as skipped.
 */
export type MissedTicks = 'every' | 'latest' | 'none';

/** One batch of a run, as the job's code receives it. */
export interface Batch<Checkpoint extends Json = Json> {
  /** The open transaction: changes made through it commit together with the events and the checkpoint. */
  readonly tx: Transaction;
  readonly job: string;
  /** The tick of the run. Jobs use it as the current time; they must not read a clock. */
  readonly asOf: Instant;
  /** The `next` that the previous batch returned, in this attempt or an earlier one; `null` at the start of a run. */
  readonly checkpoint: Checkpoint | null;
  /** Maximum number of items to process. The engine chooses it so that a batch stays short. */
  readonly limit: number;
  /**
   * The part of the tick to process, as {@link JobOptions.shards} returned it; `null`: the whole tick, or what is left
   * of it when all parts have ended.
   */
  readonly shard: Json;
  /**
   * Process only these items, and only those that are due; `null`: take the next due items. Used only for jobs with
   * {@link JobOptions.items}: to isolate items that make a batch fail, and to retry them.
   */
  readonly only: readonly string[] | null;
  /** Items to exclude, because they failed in this run. Empty for jobs without {@link JobOptions.items}. */
  readonly skip: readonly string[];
  /**
   * Whether the transaction will be rolled back: if so, do nothing outside of it, such as sending mails or writing to
   * caches.
   */
  readonly dryRun: boolean;
  /**
   * Aborts when the lease is lost or the run times out: the batch can no longer be committed. If it does not end soon
   * after that, the engine no longer waits for it.
   */
  readonly signal: AbortSignal;
}

/** The query for a batch's items. */
export interface ItemsQuery<Checkpoint extends Json = Json> {
  readonly asOf: Instant;
  /** The checkpoint at which the batch begins. */
  readonly checkpoint: Checkpoint | null;
  /** As {@link Batch.shard}. */
  readonly shard: Json;
  /** Maximum number of items that the batch may process. */
  readonly limit: number;
  /** Items that the batch excludes. */
  readonly skip: readonly string[];
}

/** How many attempts, and with which delays, a failing batch or a failed run gets. */
export interface RetryPolicy {
  /** Maximum number of attempts. Default 5 for a batch, 10 for a run. */
  readonly maxAttempts: number;
  /**
   * The delay before the second attempt; doubled for each further one. Milliseconds, default 500 for a batch, 5,000
   * for a run.
   */
  readonly initialDelayMs: number;
  /** The maximum delay. Milliseconds, default 30,000 for a batch, 5 minutes for a run. */
  readonly maxDelayMs: number;
}

/** The options of {@link defineJob}. */
export interface JobOptions<Checkpoint extends Json = Json> {
  /**
   * Lower-case words joined by hyphens, at most 100 characters. It identifies the job in the ledger and must never
   * change.
   */
  readonly name: string;
  /**
   * When the job is due: `{ cron, timeZone }`, or `{ at }` for a job that runs once. The instant must be after the
   * first start of a host that has the job; a job has no ticks before that.
   */
  readonly schedule: ScheduleSpec | OneTimeSpec;
  /** Default `every`. */
  readonly missedTicks?: MissedTicks;
  /**
   * Player calls may apply this job's ticks before the job runs. Every tick must therefore run: {@link missedTicks}
   * must be `every`, and {@link catchUpWindowMs} must be omitted. Default `false`.
   */
  readonly appliedOnDemand?: boolean;
  /** Ticks older than this are skipped. Milliseconds, default 35 days. */
  readonly catchUpWindowMs?: number;
  /** The minimum delay between a tick and its run, to wait for data that arrives late. Milliseconds, default 0. */
  readonly delayMs?: number;
  /**
   * How long after a tick its success may take before the job counts as late. Milliseconds. Default: the job's
   * interval plus one hour.
   */
  readonly lateAfterMs?: number;
  /** When failed runs make the job `failing`. Default: if the newest run failed, or five of the newest ten. */
  readonly failing?: Partial<FailingRule>;
  /** Maximum number of items per batch. Default 50,000. */
  readonly maxBatchSize?: number;
  /**
   * The target duration of a batch; the engine adjusts the batch size to it. Players may wait for the rows that a
   * batch locks. Milliseconds, default 100.
   */
  readonly targetBatchMs?: number;
  readonly retry?: Partial<RetryPolicy>;
  /**
   * How many attempts, and with which delays, a failed run gets, continuing from its checkpoint, until a newer tick is
   * due. The first attempt and each takeover count. Default: none; the job continues with its next tick, or a person
   * repeats the run.
   */
  readonly retryRun?: Partial<RetryPolicy>;
  /** The timeout of one attempt at a run, which then ends as failed. Milliseconds, default one hour. */
  readonly timeoutMs?: number;
  /** The share of a run's items, from 0 to 1, that may fail before the run counts as failed. Default 0.05. */
  readonly maxFailureRate?: number;
  /**
   * Whether the job supports dry runs: rolling back the transaction undoes everything that a batch does, or the batch
   * respects {@link Batch.dryRun}. Default `false`.
   */
  readonly supportsDryRun?: boolean;
  /**
   * Returns the items that the next batch at a checkpoint would process, without locking or changing anything. With it,
   * a batch that has failed too often is split (by {@link Batch.only}) until each failing item is in a batch of its
   * own; the failing items are recorded, and the run continues without them. A processed item must no longer be due, so
   * that the batch at the same checkpoint does not process it again.
   */
  readonly items?: (query: ItemsQuery<Checkpoint>) => Promise<readonly string[]>;
  /**
   * Returns `true` if the tick has no work; the run is then recorded as succeeded without a batch. Must not lock or
   * change anything. Once `true` for a tick, it must stay `true`. Most ticks of most jobs have no work.
   */
  readonly isIdle?: (asOf: Instant) => Promise<boolean>;
  /**
   * Divides a tick into disjoint parts, for several connections and instances at once. Each part has a checkpoint, a
   * lease and counts of its own, and {@link Batch.shard} says which one a batch works on. Must not lock or change
   * anything. A batch must be able to process a whole tick too ({@link Batch.shard} is `null`), for dry runs, retried
   * items and hosts that do not divide.
   */
  readonly shards?: (query: ShardsQuery) => Promise<Division<Checkpoint>>;
  /** The maximum number of parts of a tick; 1 for none. Default 16 with {@link JobOptions.shards}. */
  readonly maxShards?: number;
  /**
   * Runs once per run, when all items (of all parts) are done, in the transaction that ends the run. What it changes
   * through the transaction commits exactly once; if it throws, it is retried, and then the run fails.
   */
  readonly finish?: (finish: Finish) => Promise<void>;
  /**
   * Runs one batch inside `batch.tx` and returns where the next one begins. It may be repeated after a crash, so its
   * changes must go through the transaction (or be idempotent). A {@link RowLockedError} means that a row it needs is
   * locked: the batch is split at once; without {@link JobOptions.items}, it is retried until the run times out.
   */
  readonly batch: (batch: Batch<Checkpoint>) => Promise<BatchProgress<Checkpoint>>;
}

/** A job with all options validated and defaults filled in. */
export interface JobDefinition {
  readonly name: string;
  readonly schedule: ScheduleSpec;
  readonly missedTicks: MissedTicks;
  readonly appliedOnDemand: boolean;
  /** Infinite if every tick must run. */
  readonly catchUpWindowMs: number;
  readonly delayMs: number;
  /** `null`: the schedule's interval plus one hour. */
  readonly lateAfterMs: number | null;
  readonly failing: FailingRule;
  readonly maxBatchSize: number;
  readonly targetBatchMs: number;
  readonly retry: RetryPolicy;
  /** `null`: a failed run is not repeated automatically. */
  readonly retryRun: RetryPolicy | null;
  readonly timeoutMs: number;
  readonly maxFailureRate: number;
  readonly supportsDryRun: boolean;
  readonly items?: (query: ItemsQuery) => Promise<readonly string[]>;
  readonly isIdle?: (asOf: Instant) => Promise<boolean>;
  readonly shards?: (query: ShardsQuery) => Promise<Division>;
  /** 1: ticks are not divided. */
  readonly maxShards: number;
  readonly finish?: (finish: Finish) => Promise<void>;
  readonly batch: (batch: Batch) => Promise<BatchProgress>;
}

const defaultRetry: RetryPolicy = { maxAttempts: 5, initialDelayMs: 500, maxDelayMs: 30_000 };
const defaultRetryFailed: RetryPolicy = { maxAttempts: 10, initialDelayMs: 5_000, maxDelayMs: 5 * MINUTE_MS };

/**
 * Defines a job. A host's own job has all features of the built-in ones: one run per tick across instances, catch-up,
 * leases, checkpoints, retries, health.
 *
 * @throws {InvalidOptionError} naming the option, prefixed with the job's name
 *
 * @example
 * const digest = defineJob({
 *   name: 'daily-digest',
 *   schedule: { cron: '0 7 * * *', timeZone: 'Europe/Berlin' },
 *   batch: async ({ tx, asOf }) => {
 *     const sent = await digests.queue(tx, asOf);
 *     return { processed: sent, next: null };
 *   },
 * });
 */
export function defineJob<Checkpoint extends Json = Json>(options: JobOptions<Checkpoint>): JobDefinition {
  const { name } = givenObject('job', options, 'must be an object with name, schedule and batch');
  if (!isKey(name)) {
    throw new InvalidOptionError(
      'job.name',
      name,
      'must be lower-case words joined by hyphens (at most 100 characters), such as "daily-digest"',
    );
  }
  assertJobShape(name, options);
  const missedTicks = options.missedTicks ?? 'every';
  if (!['every', 'latest', 'none'].includes(missedTicks)) {
    throw new InvalidOptionError(`${name}.missedTicks`, missedTicks, 'must be "every", "latest" or "none"');
  }
  const span = { min: 1, max: 10 * 366 * DAY_MS };
  const appliedOnDemand = options.appliedOnDemand ?? false;
  if (appliedOnDemand) assertEveryTickRuns(options);
  return {
    name,
    schedule: 'at' in options.schedule ? oneTimeSpec(options.schedule) : options.schedule,
    missedTicks,
    appliedOnDemand,
    catchUpWindowMs: appliedOnDemand
      ? Infinity
      : wholeNumber(`${name}.catchUpWindowMs`, options.catchUpWindowMs ?? 35 * DAY_MS, span),
    delayMs: wholeNumber(`${name}.delayMs`, options.delayMs ?? 0, { ...span, min: 0 }),
    lateAfterMs:
      options.lateAfterMs === undefined
        ? null
        : wholeNumber(`${name}.lateAfterMs`, options.lateAfterMs, span),
    failing: failingRule(name, options.failing),
    maxBatchSize: wholeNumber(`${name}.maxBatchSize`, options.maxBatchSize ?? 50_000, {
      min: 1,
      max: 1_000_000,
    }),
    targetBatchMs: wholeNumber(`${name}.targetBatchMs`, options.targetBatchMs ?? 100, {
      min: 1,
      max: MINUTE_MS,
    }),
    retry: retryPolicy(`${name}.retry`, options.retry, defaultRetry),
    retryRun: options.retryRun ? retryPolicy(`${name}.retryRun`, options.retryRun, defaultRetryFailed) : null,
    timeoutMs: wholeNumber(`${name}.timeoutMs`, options.timeoutMs ?? HOUR_MS, span),
    maxFailureRate: fraction(`${name}.maxFailureRate`, options.maxFailureRate ?? 0.05),
    // The ledger returns to both functions the checkpoint that the previous batch returned.
    ...(options.items && { items: options.items as unknown as NonNullable<JobDefinition['items']> }),
    supportsDryRun: options.supportsDryRun ?? false,
    ...(options.isIdle && { isIdle: options.isIdle }),
    ...(options.shards && { shards: options.shards }),
    maxShards: shardLimit(options),
    ...(options.finish && { finish: options.finish }),
    batch: options.batch as unknown as JobDefinition['batch'],
  };
}

/** A skipped tick would still be applied by a player's call: job and players would then disagree permanently. */
function assertEveryTickRuns({
  name,
  missedTicks = 'every',
  catchUpWindowMs = Infinity,
}: Pick<JobOptions, 'name' | 'missedTicks' | 'catchUpWindowMs'>): void {
  const reason = 'player calls may apply the ticks of this job before it runs, so every tick must run';
  if (missedTicks !== 'every')
    throw new InvalidOptionError(`${name}.missedTicks`, missedTicks, `must be "every", because ${reason}`);
  if (catchUpWindowMs !== Infinity)
    throw new InvalidOptionError(
      `${name}.catchUpWindowMs`,
      catchUpWindowMs,
      `must be left out, because ${reason}`,
    );
}

/** Returns a job as it is registered in the ledger. */
export function registrationOf({ name, schedule }: JobDefinition): JobRegistration {
  return { job: name, schedule };
}

function retryPolicy(path: string, options: Partial<RetryPolicy> = {}, defaults: RetryPolicy): RetryPolicy {
  const policy = { ...defaults, ...options };
  return {
    maxAttempts: wholeNumber(`${path}.maxAttempts`, policy.maxAttempts, { min: 1, max: 1_000 }),
    initialDelayMs: wholeNumber(`${path}.initialDelayMs`, policy.initialDelayMs, { min: 1, max: DAY_MS }),
    maxDelayMs: wholeNumber(`${path}.maxDelayMs`, policy.maxDelayMs, { min: 1, max: DAY_MS }),
  };
}
