import type { Instant } from '../time/instant.ts';

/** How a run can stand. */
export const runStatuses = ['running', 'succeeded', 'failed', 'skipped'] as const;

/** How a run stands. `skipped` ticks were decided not to run; they have no attempts. */
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
   * The error of a failed run, or the reason of a skipped tick. A failed run that is done again keeps its error until it
   * has ended, so that it does not look well meanwhile.
   */
  readonly error: string | null;
}

/** How many of a job's newest runs are at hand to judge it by. */
export const RECENT_RUNS = 20;

/** A run that ended, as far as a job is judged by it. */
export interface RecentRun extends Pick<Run, 'tick' | 'failedItems' | 'error'> {
  readonly status: Extract<RunStatus, 'succeeded' | 'failed'>;
  /** From its first start to its end. */
  readonly durationMs: number;
}
