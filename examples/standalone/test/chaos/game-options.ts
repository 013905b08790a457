import type { JobHostOptions } from '@gamekeeper/composition';
import { silentLogger } from '@gamekeeper/core';

/** The game as a replay plays it, with runs of many batches. */
export const gameOptions: Omit<JobHostOptions, 'modules'> = {
  logger: silentLogger,
  // Time is exact here: nothing is still on its way when a period ends.
  rules: { leaderboards: { sealGraceSeconds: 0 } },
  jobOverrides: {
    ...Object.fromEntries(
      ['life-regeneration', 'streak-update', 'session-cleanup'].map((job) => [job, { maxBatchSize: 10 }]),
    ),
    // What was played is looked at in the end.
    retention: { enabled: false },
  },
  engine: { leaseMs: 15_000, shutdownTimeoutMs: 5_000 },
};
