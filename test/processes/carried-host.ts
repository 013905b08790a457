import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { defineJob, silentLogger, type Batch, type BatchProgress } from '@gamekeeper/core';
import { bullMqScheduler } from '@gamekeeper/scheduler-bullmq';
import { pgBossScheduler } from '@gamekeeper/scheduler-pgboss';
import { pathToFileURL } from 'node:url';

/** Where the hosts of a test find each other, and when their jobs run once. */
export interface CarriedPlace {
  readonly queue: 'pg-boss' | 'BullMQ';
  readonly url: string;
  readonly schema: string;
  readonly redisUrl: string;
  readonly at: string;
}

/** Returns a host with a job in one piece and one in two shards, which run once. All else is as it is by default. */
export function carriedHost(
  { queue, url, schema, redisUrl, at }: CarriedPlace,
  role: 'send' | 'work',
  batch: (batch: Batch) => Promise<BatchProgress>,
): JobHost {
  const schedule = { at };
  const scheduler =
    queue === 'pg-boss'
      ? pgBossScheduler({ url, schema: `${schema}_boss` })
      : bullMqScheduler({ url: redisUrl, keyPrefix: schema });
  return createJobHost({
    modules: [postgresAdapters({ url, schema, poolSize: 4 }), scheduler],
    jobs: [
      defineJob({ name: 'whole', schedule, batch }),
      defineJob({ name: 'parted', schedule, batch, shards: async () => ({ parts: ['a', 'b'] }) }),
    ],
    engine: { role },
    logger: silentLogger,
  });
}

// As a program: a host that works, says so, and never ends what it has begun.
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const place = JSON.parse(process.argv[2]!) as CarriedPlace;
  const host = carriedHost(place, 'work', ({ job }) => {
    process.send!(job);
    return new Promise(() => undefined);
  });
  await host.start();
  process.send!('started');
}
