import type { Instant } from '../time/instant.ts';

/** All statuses of a run. */
export const runStatuses = ['running', 'succeeded', 'failed', 'skipped'] as const;

/** The status of a run. A tick is `skipped` if it was decided that it does not run; it has no attempts. */
export type RunStatus = (typeof runStatuses)[number];

/** Why a tick was not run. */
export type SkipReason = 'superseded' | 'too-old' | 'missed';

/** One row of the ledger. */
export interface Run {
  readonly job: string;
  readonly tick: Instant;
  readonly status: RunStatus;
  readonly fence: number;
  readonly instanceId: string | null;
  readonly startedAt: Instant | null;
  /** When its newest attempt began. */
  readonly attemptedAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly processed: number;
  readonly failedItems: number;
  /**
   * The error of a failed run, or the reason of a skipped tick. A failed run that is being repeated keeps its error
   * until it has ended, so that it does not look healthy meanwhile.
   */
  readonly error: string | null;
}

/** How many of a job's newest runs are available to judge it. */
export const RECENT_RUNS = 20;

/** A run that ended, reduced to what judging its job needs. */
export interface RecentRun extends Pick<Run, 'tick' | 'failedItems' | 'error'> {
  readonly status: Extract<RunStatus, 'succeeded' | 'failed'>;
  /** From its first start to its end. Milliseconds. */
  readonly durationMs: number;
}
