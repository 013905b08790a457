import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { defineConfig } from '@gamekeeper/cli';
import { defineJob } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { setTimeout as pause } from 'node:timers/promises';

/** A game on a server with a job that takes three batches, and says on standard error when it is in the second. */
export default defineConfig(({ GAME_URL = '', GAME_SCHEMA = '', GAME_PAUSE_MS = '0' }) => ({
  modules: [postgresAdapters({ url: GAME_URL, schema: GAME_SCHEMA, poolSize: 3 }), cronerScheduler()],
  jobs: [
    defineJob({
      name: 'slow',
      schedule: { cron: '0 * * * *' },
      batch: async ({ checkpoint }) => {
        const done = Number(checkpoint ?? 0) + 1;
        if (done === 2) process.stderr.write('in the middle\n');
        if (done === 2) await pause(Number(GAME_PAUSE_MS));
        return { processed: 1, next: done === 3 ? null : done };
      },
    }),
  ],
}));
