import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { consoleLogger, createJobHost } from '@gamekeeper/composition';
import { instant } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { FastClock } from './fast-clock.ts';

/** One host of several, on a fast clock: `host.ts <url> <schema> <start> <real start> <speed>`, until SIGTERM. */
const [url = '', schema = '', start = '', realStart = '', speed = ''] = process.argv.slice(2);
const host = createJobHost({
  modules: [postgresAdapters({ url, schema, poolSize: 4 }), cronerScheduler()],
  clock: new FastClock({ start: instant(start), realStart: Number(realStart), speed: Number(speed) }),
  logger: consoleLogger({ level: 'warn' }),
  rules: { leaderboards: { sealGraceSeconds: 0 } },
  engine: { leaseMs: 1_000, shutdownTimeoutMs: 5_000 },
});
process.once('SIGTERM', () => void host.stop());
await host.start();
process.stdout.write('started\n');
