import type { BatchProgress } from './batch-progress.ts';
import { InvalidOptionError } from '../common/errors.ts';
import { failingRule, type FailingRule } from '../health/failing.ts';
import type { Json } from '../common/json.ts';
import { isKey, fraction, wholeNumber } from '../common/options.ts';
import type { AbortSignal } from '../time/abort.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type Instant } from '../time/instant.ts';
import type { ScheduleSpec } from '../time/schedule.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { JobRegistration } from './job-registry.ts';

/**
 * What happens to ticks that nobody ran in time:
 * - `every`: all of them run, oldest first;
 * - `latest`: only the newest runs, the others are recorded as skipped;
 * - `none`: a tick runs on time or is recorded as skipped.
 */
export type MissedTicks = 'every' | 'latest' | 'none';

/** One batch of a run, as a job's code sees it. */
export interface Batch<Checkpoint extends Json = Json> {
  /** The open transaction: what is changed through it commits together with the events and the checkpoint. */
  readonly tx: Transaction;
  readonly job: string;
  /** The tick of the run. Rules read it as "now"; the wall clock has no part in a job. */
  readonly asOf: Instant;
  /** What the batch before answered as `next`, of this attempt or an earlier one; `null` at the start of a run. */
  readonly checkpoint: Checkpoint | null;
  /** How many items to take on at most. The engine chooses it so that a batch stays short. */
  readonly limit: number;
  /**
   * The items to do, and no others, as far as they are due; `null` for whatever comes next. Only jobs with
   * {@link JobOptions.items} are asked for certain items: to find those that make a batch fail, and to do these again.
   */
  readonly only: readonly string[] | null;
  /** Items to leave alone: they have failed in this run. Empty for jobs without {@link JobOptions.items}. */
  readonly skip: readonly string[];
  /** The transaction will be undone: leave alone what it does not hold, such as mails and caches. */
  readonly dryRun: boolean;
  /**
   * Aborts when the lease is lost or the time limit of the run is over: the batch would not be committed any more. A
   * batch that goes on for long after that is not waited for.
   */
  readonly signal: AbortSignal;
}

/** Which items are asked for. */
export interface ItemsQuery<Checkpoint extends Json = Json> {
  readonly asOf: Instant;
  /** Where the batch stands. */
  readonly checkpoint: Checkpoint | null;
  /** How many items that batch may take on at most. */
  readonly limit: number;
  /** Items that it leaves alone. */
  readonly skip: readonly string[];
}

/** How often and after which pauses a batch that throws, or a run that failed, is tried again. */
export interface RetryPolicy {
  /** Tries of one batch before the run ends as failed, or of a run. Default 5, of a run 10. */
  readonly maxAttempts: number;
  /** Milliseconds before the second try; doubled for each further one. Default 500, of a run 5,000. */
  readonly initialDelayMs: number;
  /** The longest pause in milliseconds. Default 30,000, of a run 5 minutes. */
  readonly maxDelayMs: number;
}

/** What {@link defineJob} takes. */
export interface JobOptions<Checkpoint extends Json = Json> {
  /** Lower-case words joined by hyphens, at most 100 characters; the job's name in the ledger for ever. */
  readonly name: string;
  readonly schedule: ScheduleSpec;
  /** Default `every`. */
  readonly missedTicks?: MissedTicks;
  /**
   * The rules of the game apply its ticks to players who act or are shown before a run has. Then every tick must run,
   * however late: {@link missedTicks} is `every`, and no {@link catchUpWindowMs} is taken. Default `false`.
   */
  readonly appliedOnDemand?: boolean;
  /** Ticks older than this when they are found are skipped. Milliseconds, default 35 days. */
  readonly catchUpWindowMs?: number;
  /** How long after its tick a run may begin at the earliest, for what is still on its way. Milliseconds, default 0. */
  readonly delayMs?: number;
  /** For how long after a tick its success may be awaited before the job counts as late. Default: its interval and an hour. */
  readonly lateAfterMs?: number;
  /** When failed runs make the job `failing`. Default: one at the end, or five of the newest ten. */
  readonly failing?: Partial<FailingRule>;
  /** The most items that one batch may take on. Default 50,000. */
  readonly maxBatchSize?: number;
  /**
   * About how long a batch should take, by which the engine chooses how many items it takes on: players may wait for what
   * it locks. Milliseconds, default 100.
   */
  readonly targetBatchMs?: number;
  readonly retry?: Partial<RetryPolicy>;
  /**
   * How often and after which pauses a run that failed is done again, from its checkpoint, until a newer tick is due. The
   * first try counts, and so does each takeover. Default: never; it waits for its next tick, or for a person.
   */
  readonly retryRun?: Partial<RetryPolicy>;
  /** How long one attempt at a run may take before it ends as failed. Milliseconds, default one hour. */
  readonly timeoutMs?: number;
  /** The share of a run's items, from 0 to 1, above which failed ones make the run fail. Default 0.05. */
  readonly maxFailureRate?: number;
  /**
   * Undoing the transaction undoes all that a batch does, or it heeds {@link Batch.dryRun}: then the host may be asked
   * what a run would change. Default `false`.
   */
  readonly supportsDryRun?: boolean;
  /**
   * Names the items that the next batch at a checkpoint would take on, without locks or changes. With it, a batch that
   * has used up its tries is split by {@link Batch.only} until the items that make it fail stand alone; these are
   * recorded, and the run goes on without them. An item that was done must not be due any more, so that the batch at
   * the same checkpoint does not do it again.
   */
  readonly items?: (query: ItemsQuery<Checkpoint>) => Promise<readonly string[]>;
  /**
   * A look whether a tick has nothing to do, without locks or changes: then its run is recorded as succeeded at once.
   * Once it is so for a tick it must stay so. Most ticks of most jobs are like that.
   */
  readonly isIdle?: (asOf: Instant) => Promise<boolean>;
  /**
   * Does one batch of work inside `batch.tx` and says where the next one goes on. It may be repeated after a crash,
   * so whatever it changes must go through the transaction (or be harmless twice). A {@link RowLockedError} says that a
   * row which it needs is locked: the batch is taken apart at once, or without {@link JobOptions.items} tried until the
   * run's time is over.
   */
  readonly batch: (batch: Batch<Checkpoint>) => Promise<BatchProgress<Checkpoint>>;
}

/** A job, complete and checked. */
export interface JobDefinition {
  readonly name: string;
  readonly schedule: ScheduleSpec;
  readonly missedTicks: MissedTicks;
  readonly appliedOnDemand: boolean;
  /** Infinite where every tick must run. */
  readonly catchUpWindowMs: number;
  readonly delayMs: number;
  /** `null`: the interval of the schedule and an hour. */
  readonly lateAfterMs: number | null;
  readonly failing: FailingRule;
  readonly maxBatchSize: number;
  readonly targetBatchMs: number;
  readonly retry: RetryPolicy;
  /** `null`: a run that failed is not done again by itself. */
  readonly retryRun: RetryPolicy | null;
  readonly timeoutMs: number;
  readonly maxFailureRate: number;
  readonly supportsDryRun: boolean;
  readonly items?: (query: ItemsQuery) => Promise<readonly string[]>;
  readonly isIdle?: (asOf: Instant) => Promise<boolean>;
  readonly batch: (batch: Batch) => Promise<BatchProgress>;
}

const defaultRetry: RetryPolicy = { maxAttempts: 5, initialDelayMs: 500, maxDelayMs: 30_000 };
const defaultRetryFailed: RetryPolicy = { maxAttempts: 10, initialDelayMs: 5_000, maxDelayMs: 5 * MINUTE_MS };

/**
 * Defines a job. A host's own job gets all that the built-in ones have: one run per tick across instances, catch-up,
 * leases, checkpoints, retries, health.
 *
 * @throws {InvalidOptionError} naming the option, with the job's name in front
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
  const { name } = options;
  if (!isKey(name)) {
    throw new InvalidOptionError(
      'job.name',
      name,
      'must be lower-case words joined by hyphens (at most 100 characters), such as "daily-digest"',
    );
  }
  const missedTicks = options.missedTicks ?? 'every';
  if (!['every', 'latest', 'none'].includes(missedTicks)) {
    throw new InvalidOptionError(`${name}.missedTicks`, missedTicks, 'must be "every", "latest" or "none"');
  }
  const span = { min: 1, max: 10 * 366 * DAY_MS };
  const appliedOnDemand = options.appliedOnDemand ?? false;
  if (appliedOnDemand) assertEveryTickRuns(options);
  return {
    name,
    schedule: options.schedule,
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
    // The ledger gives back the checkpoint that the batch answered before, to both of them.
    ...(options.items && { items: options.items as unknown as NonNullable<JobDefinition['items']> }),
    supportsDryRun: options.supportsDryRun ?? false,
    ...(options.isIdle && { isIdle: options.isIdle }),
    batch: options.batch as unknown as JobDefinition['batch'],
  };
}

/** A tick that is skipped would still be applied to a player who acts or is shown: the two would disagree for good. */
function assertEveryTickRuns({
  name,
  missedTicks = 'every',
  catchUpWindowMs = Infinity,
}: Pick<JobOptions, 'name' | 'missedTicks' | 'catchUpWindowMs'>): void {
  const reason =
    'the game applies the ticks of this job to players before the job runs, so every tick must run';
  if (missedTicks !== 'every')
    throw new InvalidOptionError(`${name}.missedTicks`, missedTicks, `must be "every", because ${reason}`);
  if (catchUpWindowMs !== Infinity)
    throw new InvalidOptionError(
      `${name}.catchUpWindowMs`,
      catchUpWindowMs,
      `must be left out, because ${reason}`,
    );
}

/** A job as the ledger is told of it. */
export function registrationOf({ name, schedule }: JobDefinition): JobRegistration {
  return { job: name, schedule };
}

function retryPolicy(path: string, options: Partial<RetryPolicy> = {}, defaults: RetryPolicy): RetryPolicy {
  const policy = { ...defaults, ...options };
  return {
    maxAttempts: wholeNumber(`${path}.attempts`, policy.maxAttempts, { min: 1, max: 1_000 }),
    initialDelayMs: wholeNumber(`${path}.initialDelayMs`, policy.initialDelayMs, { min: 1, max: DAY_MS }),
    maxDelayMs: wholeNumber(`${path}.maxDelayMs`, policy.maxDelayMs, { min: 1, max: DAY_MS }),
  };
}
