import type { Instant } from '../time/instant.ts';
import type { Run } from './run.ts';

/** Which runs to summarise: those of several jobs in a span that is divided into steps. */
export interface OverviewRequest {
  readonly jobs: readonly {
    readonly job: string;
    /** A run that began more than this after its tick counts as late. Milliseconds. */
    readonly lateAfterMs: number;
  }[];
  /** The first instant of the span. */
  readonly from: Instant;
  /** The length of a step. Milliseconds. */
  readonly stepMs: number;
  /** How many steps the span has. */
  readonly steps: number;
  /** Of each job, only this many of the newest ticks in the span are read. */
  readonly limit: number;
}

/** The recorded ticks of a job in one step. There is none for a step without recorded ticks. */
export interface RunCell {
  readonly job: string;
  /** From 0 for the step that begins at `from`. */
  readonly step: number;
  /** How many ticks are recorded; the next four fields are a part of them each, and together all of them. */
  readonly ticks: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  readonly running: number;
  /** How many succeeded without any item, done or failed. */
  readonly idle: number;
  /** How many began late. */
  readonly late: number;
  /** How many needed more than one attempt. */
  readonly repeated: number;
  readonly processed: number;
  readonly failedItems: number;
  readonly newestTick: Instant;
  /** The longest time from a tick to its first start. Milliseconds; `null` if none of them started. */
  readonly maxLatenessMs: number | null;
  /** The error of the newest tick that failed, or the reason of the newest that was skipped. */
  readonly error: string | null;
}

/** An active run, with the lease of its attempt. */
export interface LeasedRun extends Run {
  /** When another instance may take it over; `null` while it is divided into shards, which have leases of their own. */
  readonly leaseUntil: Instant | null;
}

/** An instance, as the newest runs of some jobs show it. */
export interface SeenInstance {
  readonly instanceId: string;
  /** When its newest attempt at these runs began, or a shard of theirs that it was the last to work on. */
  readonly lastAttemptAt: Instant;
  /** How many of these runs it attempted last, or worked on a shard of. */
  readonly runs: number;
}

/**
 * Reads of the ledger for people who look at all jobs at once: the cost of each does not grow with the ledger, and all
 * jobs are read together.
 *
 * It shares its store with the `RunLedger` and changes nothing. `runOverviewContract` in `@gamekeeper/testkit` is this
 * contract as test cases.
 */
export interface RunOverview {
  /** Returns the recorded ticks of several jobs, step by step; by job in the order of the request, then by step. */
  cells(request: OverviewRequest): Promise<readonly RunCell[]>;

  /** Returns the active runs of all jobs, ordered by job. */
  active(): Promise<readonly LeasedRun[]>;

  /**
   * Returns the instances that attempted the newest runs of some jobs or shards of them, the one with the newest attempt
   * first, then by id.
   *
   * @param of.limit how many runs of each job are looked at
   */
  instances(of: {
    readonly jobs: readonly string[];
    readonly limit: number;
  }): Promise<readonly SeenInstance[]>;

  /**
   * Returns how many events of each type the committed batches of a run have written to the outbox, with those of its
   * shards and of earlier attempts; empty if it is not recorded. The ledger counts them, in the transaction that records
   * the batch: what `Outbox.append` and the repositories have written there and is new.
   */
  events(run: { readonly job: string; readonly tick: Instant }): Promise<Readonly<Record<string, number>>>;
}
