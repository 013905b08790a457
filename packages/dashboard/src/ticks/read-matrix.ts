import type { Instant } from '@gamekeeper/core';
import type { EngineState } from '../reads/engine-state.ts';
import type { HostPorts } from '../reads/host-ports.ts';
import { LATE_AFTER_MS, matrixRow, type MatrixRow } from './matrix.ts';
import type { MatrixSpan } from './zoom.ts';

/** Ticks of one job that are read for a matrix; of a job with more in the span, the older ones are left out. */
export const MOST_TICKS = 5_000;

/** A matrix of jobs and time. */
export interface Matrix {
  readonly span: MatrixSpan;
  readonly now: Instant;
  readonly rows: readonly MatrixRow[];
  /** Jobs of which only the newest ticks are shown. */
  readonly cut: readonly string[];
}

/** Reads the matrix of all jobs: one statement, whatever the span. */
export async function readMatrix(
  { runOverview }: HostPorts,
  { jobs, now }: EngineState,
  span: MatrixSpan,
): Promise<Matrix> {
  const { from, stepMs, steps } = span;
  const cells = await runOverview.cells({
    jobs: jobs.map(({ name, scheduled: { job } }) => ({
      job: name,
      lateAfterMs: job.delayMs + LATE_AFTER_MS,
    })),
    from,
    stepMs,
    steps,
    limit: MOST_TICKS,
  });
  const byJob = Map.groupBy(cells, ({ job }) => job);
  const cut = jobs.filter(
    ({ name }) => (byJob.get(name) ?? []).reduce((sum, { ticks }) => sum + ticks, 0) >= MOST_TICKS,
  );
  return {
    span,
    now,
    rows: jobs.map((job) => matrixRow(job, byJob.get(job.name) ?? [], span, now)),
    cut: cut.map(({ name }) => name),
  };
}
