/** A batch should hold its locks for about this long: players who wait for one hardly notice. */
const TARGET_MS = 100;
const FIRST_BATCH = 2_000;

/** The size of a run's first batch. */
export function firstBatchSize(max: number): number {
  return Math.min(FIRST_BATCH, max);
}

/** The size of the next batch, from how long the last one took: towards the target, at most doubled or halved. */
export function nextBatchSize(limit: number, elapsedMs: number, max: number): number {
  const factor = Math.min(2, Math.max(0.5, TARGET_MS / Math.max(1, elapsedMs)));
  return Math.max(1, Math.min(max, Math.round(limit * factor)));
}
