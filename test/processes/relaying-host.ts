import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { redisConnection, redisEventBus } from '@gamekeeper/adapters-redis';
import { consoleLogger, createJobHost } from '@gamekeeper/composition';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';

/** One host of several that deliver events: `relaying-host.ts <database url> <schema> <redis url> <prefix>`. */
const [url = '', schema = '', redisUrl = '', keyPrefix = ''] = process.argv.slice(2);
const host = createJobHost({
  modules: [
    postgresAdapters({ url, schema, poolSize: 2, pinnableClock: true }),
    redisConnection({ url: redisUrl, keyPrefix }),
    redisEventBus({ partitions: 4 }),
    cronerScheduler(),
  ],
  logger: consoleLogger({ level: 'error' }),
  // Many small batches, to be killed in the middle of.
  relay: { batchSize: 5, pollIntervalMs: 20 },
});
process.once('disconnect', () => process.exit(0));
await host.start();
process.send?.('started');
