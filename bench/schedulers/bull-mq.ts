import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { BenchOptions } from '../lib/arguments.ts';
import type { EmptyRuns } from './empty-runs.ts';

const QUEUE = 'empty';

/** Every command of every connection goes through here, also of those that a worker opens for itself. */
const connections: {
  sendCommand: (this: Redis, ...command: Parameters<Redis['sendCommand']>) => unknown;
} = Redis.prototype;

/** A job scheduler whose next run is due a millisecond after the one before, on Redis, one worker, one at a time. */
export async function bullMq({ redis }: BenchOptions, runs: number): Promise<readonly EmptyRuns[]> {
  const sending = connections.sendCommand;
  let sent = 0;
  connections.sendCommand = function (this: Redis, ...command) {
    sent += 1;
    return sending.apply(this, command);
  };
  const prefix = `gamekeeper-bench-${process.pid}`;
  const connection = { ...redis, maxRetriesPerRequest: null };
  const queue = new Queue(QUEUE, { connection, prefix });
  let worker: Worker | undefined;
  try {
    await queue.waitUntilReady();
    const finished = Promise.withResolvers<number>();
    let processed = 0;
    worker = new Worker(QUEUE, async () => undefined, { connection, prefix, autorun: false });
    worker.on('completed', () => {
      processed += 1;
      if (processed === runs) finished.resolve(performance.now());
    });
    await worker.waitUntilReady();
    sent = 0;
    const startedAt = performance.now();
    await queue.upsertJobScheduler(QUEUE, { every: 1 }, { opts: { removeOnComplete: true } });
    void worker.run();
    const milliseconds = (await finished.promise) - startedAt;
    const name = 'BullMQ on Redis, job scheduler every ms';
    return [{ name, milliseconds, sent, guarantee: 'at least once; late ticks are left out' }];
  } finally {
    await worker?.close();
    await queue.obliterate({ force: true });
    await queue.close();
    connections.sendCommand = sending;
  }
}
