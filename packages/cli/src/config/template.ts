const importOfOne = `import { cronerScheduler, defineConfig, postgresAdapters } from 'gamekeeper';`;

const importsOfSeveral = `import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { defineConfig } from '@gamekeeper/cli';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';`;

/**
 * Returns the file that `gamekeeper init` writes. It has no types, so it is valid JavaScript, too.
 *
 * @param from whether it imports from the package `gamekeeper`, or from the separate packages
 */
export function configTemplate(from: 'one package' | 'several packages'): string {
  return `// The host of this game's background jobs: read by \`npx gamekeeper\`, and by your backend if it imports it:
//   createJobHost(await config(process.env))
${from === 'one package' ? importOfOne : importsOfSeveral}

export default defineConfig(({ DATABASE_URL }) => ({
  modules: [
    // A PostgreSQL server, or an embedded database in a folder if DATABASE_URL is not set.
    postgresAdapters(DATABASE_URL ? { url: DATABASE_URL } : { folder: '.gamekeeper' }),
    cronerScheduler(),
    // Leaderboards and events through Redis, from @gamekeeper/adapters-redis:
    // redisConnection({ url: 'redis://127.0.0.1:6379' }),
    // redisLeaderboards(),
    // redisEventBus(),
  ],

  // The numbers of the game. These are the defaults.
  rules: {
    lives: { maxLives: 5, regenMinutes: 30 },
    streaks: { breakAfterHours: 48 },
    sessions: { timeoutMinutes: 10 },
  },

  // Changes to jobs, by name. See them with \`npx gamekeeper jobs\`.
  jobOverrides: {
    // 'streak-update': { schedule: { cron: '0 0 * * *', timeZone: 'Europe/Berlin' } },
    // 'leaderboard-reset-monthly': { enabled: false },
  },

  // Jobs of your own, made with defineJob${from === 'one package' ? '' : ' from @gamekeeper/core'}.
  jobs: [],

  health: {
    // Channels for alerts about jobs that do not run, from @gamekeeper/alerts.
    // Test them with \`npx gamekeeper alerts test\`.
    alerts: [
      // { channel: slackAlerts({ url: 'https://hooks.slack.com/services/…' }), minSeverity: 'warning' },
    ],
  },
}));
`;
}
