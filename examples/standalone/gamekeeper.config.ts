import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { defineConfig } from '@gamekeeper/cli';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { jsonLogger } from './src/json-logger.ts';

/** The host of `npm start` and of every `gamekeeper` command in this folder. */
export default defineConfig(({ DATABASE_URL, GAMEKEEPER_FOLDER = '.gamekeeper' }) => ({
  modules: [
    // A PostgreSQL server where there is one, otherwise an embedded database in a folder.
    postgresAdapters(DATABASE_URL ? { url: DATABASE_URL } : { folder: GAMEKEEPER_FOLDER }),
    cronerScheduler(),
  ],
  rules: { lives: { maxLives: 5, regenMinutes: 30 } },
  // Lines for people at a terminal, an object per line for programs everywhere else.
  ...(process.stdout.isTTY ? {} : { logger: jsonLogger() }),
}));
