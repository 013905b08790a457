import { defineJob, type JobDefinition } from '@gamekeeper/core';

/** A job of two batches; the first one waits before it returns. */
export function steppingJob(beforeFirstAnswer: () => Promise<void>): JobDefinition {
  return defineJob({
    name: 'stepping',
    schedule: { cron: '0 * * * *' },
    batch: async ({ checkpoint }) => {
      if (checkpoint !== null) return { processed: 1, next: null };
      await beforeFirstAnswer();
      return { processed: 1, next: 'the second step' };
    },
  });
}
