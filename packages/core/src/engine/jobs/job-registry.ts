import type { TickProgress } from '../health/ahead.ts';
import type { VerdictRecord } from '../health/verdict-log.ts';
import type { Instant } from '../time/instant.ts';
import type { ScheduleSpec } from '../time/schedule.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { RecentRun, Run, RunStatus } from './run.ts';

/** A job as an instance makes it known. */
export interface JobRegistration {
  readonly job: string;
  readonly schedule: ScheduleSpec;
}

/** A schedule that a job has or had, and from when on. */
export interface JobSchedule {
  /** In force from here on, until the next one's. The first of a job counts for all ticks before, too. */
  readonly since: Instant;
  readonly cron: string;
  readonly timeZone: string;
}

/** Which ticks of a job there are. */
export interface JobTicks {
  readonly job: string;
  /** Just before its registration. Ticks up to here came before the job was known, and are nobody's unless run by hand. */
  readonly startsAfter: Instant;
  /** The schedules that it has had, oldest first; at least one. */
  readonly schedules: readonly JobSchedule[];
}

/** What is known of a job as a whole. */
export interface JobRecord extends JobTicks, TickProgress {
  readonly registeredAt: Instant;
  /** Every tick up to here is settled: it ran, or it was decided that it does not. It only grows. */
  readonly watermark: Instant;
  /** Since when the job is paused; `null` when it is not. */
  readonly pausedAt: Instant | null;
  /** When it was last resumed; `null` when it was never paused. */
  readonly resumedAt: Instant | null;
  readonly running: Run | null;
  readonly lastSuccess: Run | null;
  /** The newest runs that ended, in success or failure: up to `RECENT_RUNS`, newest tick first. */
  readonly recent: readonly RecentRun[];
  /** How the job was judged last; `null` until somebody has. */
  readonly judged: VerdictRecord | null;
}

/** How a job stands at a glance. */
export interface JobSummary extends TickProgress {
  readonly job: string;
  /** The tick of its newest row, or its registration where it has none; its resumption where that is newer. */
  readonly since: Instant;
  readonly paused: boolean;
  /** How that newest run stands; `null` where there is none. */
  readonly status: RunStatus | null;
  /** Whether a run is at work, of whichever tick. */
  readonly running: boolean;
  /** How the runs of {@link JobRecord.recent} ended; empty where none of them failed. */
  readonly recent: readonly Pick<RecentRun, 'status'>[];
  readonly verdict: VerdictRecord['verdict'] | null;
}

/**
 * Which jobs there are, which ticks each of them has, and how it stands.
 *
 * It shares its store with the `RunLedger`: ending a run moves the watermark of its job, and a paused job has none
 * of its ticks claimed. `jobRegistryContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface JobRegistry {
  /**
   * Makes jobs known, with their schedules. A new job's watermark is just before `now` or the store's present, whichever
   * is earlier: the first tick that counts is at that instant or later. When it was registered is the store's own present.
   *
   * A schedule that differs from the newest on record is in force from `now` or the store's present, whichever is earlier,
   * but never from before the one that it replaces. Registering again what is on record changes nothing: not even the
   * watermark.
   */
  register(jobs: readonly JobRegistration[], now: Instant): Promise<void>;

  /** Which ticks each registered job has, in the order of their names: a look so light that every run can afford it. */
  ticks(tx?: Transaction): Promise<readonly JobTicks[]>;

  /**
   * The watermark of a job; `null` for one that is not registered.
   *
   * @param next the tick after an instant, where it has come: a store whose transactions keep a snapshot makes sure that
   *   this one is not settled unseen
   * @throws {TransactionConflictError} when it is
   */
  watermark(
    job: string,
    tx?: Transaction,
    next?: (after: Instant) => Instant | null,
  ): Promise<Instant | null>;

  /** What is known of each registered job, in order of their names. */
  records(tx?: Transaction): Promise<readonly JobRecord[]>;

  /** How each registered job stands at a glance: a quick look at whether all is well. */
  summaries(): Promise<readonly JobSummary[]>;

  /**
   * Pauses a job for all instances: claims of its ticks are answered with `paused`. A run at work goes on to its end.
   * Nothing changes for a job that is paused already. Returns `false` for a job that is not registered.
   */
  pause(job: string): Promise<boolean>;

  /** Lets a job go on. Nothing changes for one that is not paused. Returns `false` for a job that is not registered. */
  resume(job: string): Promise<boolean>;
}
