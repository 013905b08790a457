import type { JobDefinition } from './job-definition.ts';

const FIRST_BATCH = 2_000;

/** Returns the size of a run's first batch. */
export function firstBatchSize(max: number): number {
  return Math.min(FIRST_BATCH, max);
}

/** Returns the next batch size: scaled towards `targetBatchMs`, by at most a factor of 2. */
export function nextBatchSize(
  limit: number,
  elapsedMs: number,
  { targetBatchMs, maxBatchSize: max }: Pick<JobDefinition, 'targetBatchMs' | 'maxBatchSize'>,
): number {
  const factor = Math.min(2, Math.max(0.5, targetBatchMs / Math.max(1, elapsedMs)));
  return Math.max(1, Math.min(max, Math.round(limit * factor)));
}
