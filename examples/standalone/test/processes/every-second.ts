import { defineJob, type JobDefinition } from '@gamekeeper/core';

/** A job that has a tick every second and little to do. */
export const everySecond: JobDefinition = defineJob({
  name: 'every-second',
  schedule: { cron: '* * * * * *' },
  batch: async () => ({ processed: 1, next: null }),
});
