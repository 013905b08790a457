import { Queue, Worker } from 'bullmq';
import { Pool } from 'pg';
import { CRON_CONCURRENCY, CRON_QUEUE, effectOf, type MemberSetup, type Work } from './ways.ts';

/** Runs the jobs by job schedulers of BullMQ. The id of an item ends with its tick. */
export async function open({ url, redis, prefix, jobs }: MemberSetup, work: Work): Promise<void> {
  const store = new Pool({ connectionString: url, max: 2 });
  const connection = { ...redis, maxRetriesPerRequest: null };
  const queue = new Queue(CRON_QUEUE, { connection, prefix });
  for (const { name, cron } of jobs)
    await queue
      .upsertJobScheduler(name, { pattern: cron, tz: 'UTC' }, { name, opts: { removeOnComplete: true } })
      // Another process that started at the same time has added its next tick.
      .catch((error: unknown) => {
        if (!String(error).includes('job ID already exists')) throw error;
      });
  const worker = new Worker(
    CRON_QUEUE,
    async ({ id = '', name }) => {
      const one = { job: name, id, tick: Number(id.split(':').at(-1)) };
      await work(one, () => store.query(effectOf(prefix, one)));
    },
    { connection, prefix, concurrency: CRON_CONCURRENCY },
  );
  worker.on('error', () => undefined);
  await worker.waitUntilReady();
}
