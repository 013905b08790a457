import type { TickProgress } from '../health/ahead.ts';
import type { VerdictRecord } from '../health/verdict-log.ts';
import type { Instant } from '../time/instant.ts';
import type { ScheduleSpec } from '../time/schedule.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { LeasedRun } from './run-overview.ts';
import type { RecentRun, Run, RunStatus } from './run.ts';

/** A job as an instance registers it. */
export interface JobRegistration {
  readonly job: string;
  readonly schedule: ScheduleSpec;
}

/** A schedule of a job, present or past, and the instant from which it applies. */
export interface JobSchedule {
  /** It applies from this instant until the next schedule. The first of a job also applies to all ticks before. */
  readonly since: Instant;
  readonly cron: string;
  readonly timeZone: string;
}

/** The ticks of a job. */
export interface JobTicks {
  readonly job: string;
  /** Just before its registration. Ticks up to here are from before the job was known and run only by hand. */
  readonly startsAfter: Instant;
  /** All its schedules, oldest first; at least one. */
  readonly schedules: readonly JobSchedule[];
}

/** The state of a job. */
export interface JobRecord extends JobTicks, TickProgress {
  readonly registeredAt: Instant;
  /** Every tick up to here is done: it ran, or it was decided that it does not run. It never decreases. */
  readonly watermark: Instant;
  /** When the job was paused; `null` if it is not paused. */
  readonly pausedAt: Instant | null;
  /** When it was last resumed; `null` if it was never paused. */
  readonly resumedAt: Instant | null;
  /** The active run; its `leaseUntil` is `null` while it is divided into shards. */
  readonly running: LeasedRun | null;
  readonly lastSuccess: Run | null;
  /** The newest runs that ended, successful or not: up to `RECENT_RUNS`, newest tick first. */
  readonly recent: readonly RecentRun[];
  /** The latest verdict on the job; `null` if there is none. */
  readonly judged: VerdictRecord | null;
}

/** A summary of a job's state. */
export interface JobSummary extends TickProgress {
  readonly job: string;
  /**
   * The tick of its newest row, or its registration if it has none since then; its last resumption if that is later.
   */
  readonly since: Instant;
  readonly paused: boolean;
  /** The status of that newest run; `null` if there is none. */
  readonly status: RunStatus | null;
  /** Whether a run of any tick is active. */
  readonly running: boolean;
  /** The statuses of the runs in {@link JobRecord.recent}; empty if none of them failed. */
  readonly recent: readonly Pick<RecentRun, 'status'>[];
  readonly verdict: VerdictRecord['verdict'] | null;
}

/**
 * Which jobs exist, which ticks each of them has, and their state.
 *
 * It shares its store with the `RunLedger`: ending a run moves the watermark of its job, and no tick of a paused job
 * is claimed. `jobRegistryContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface JobRegistry {
  /**
   * Registers jobs with their schedules. A new job's watermark is just before `now` or the store's current time,
   * whichever is earlier: the first tick that counts is at that instant or later. Its registration time is the store's
   * current time.
   *
   * A schedule that differs from the newest recorded one applies from `now` or the store's current time, whichever is
   * earlier, but never from before the one that it replaces. Registering an unchanged job changes nothing, not even
   * the watermark.
   */
  register(jobs: readonly JobRegistration[], now: Instant): Promise<void>;

  /** Returns the ticks of each registered job, ordered by name. Cheap enough to be called for every run. */
  ticks(tx?: Transaction): Promise<readonly JobTicks[]>;

  /**
   * Returns the watermark of a job; `null` if it is not registered.
   *
   * @param next for stores with snapshot isolation: returns the first elapsed tick after an instant, so that the store
   *   detects if that tick was completed after the snapshot
   * @throws {TransactionConflictError} if it was
   */
  watermark(
    job: string,
    tx?: Transaction,
    next?: (after: Instant) => Instant | null,
  ): Promise<Instant | null>;

  /** Returns the state of each registered job, ordered by name. */
  records(tx?: Transaction): Promise<readonly JobRecord[]>;

  /** Returns a summary of each registered job: a cheap check whether all is well. */
  summaries(): Promise<readonly JobSummary[]>;

  /**
   * Pauses a job for all instances: claims of its ticks return `paused`. An active run continues to its end. Does
   * nothing for a paused job. Returns `false` if the job is not registered.
   */
  pause(job: string): Promise<boolean>;

  /** Resumes a job. Does nothing for a job that is not paused. Returns `false` if the job is not registered. */
  resume(job: string): Promise<boolean>;
}
