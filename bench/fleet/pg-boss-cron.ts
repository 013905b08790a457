import { Pool } from 'pg';
import { PgBoss, type JobWithMetadata } from 'pg-boss';
import { CRON_CONCURRENCY, CRON_QUEUE, effectOf, type MemberSetup, type Work } from './ways.ts';

const MINUTE_MS = 60_000;

/** Runs the jobs by the cron of pg-boss. It looks for due ticks every 30 s. */
export async function open({ url, prefix, jobs }: MemberSetup, work: Work): Promise<void> {
  const store = new Pool({ connectionString: url, max: 2 });
  const boss = new PgBoss({ connectionString: url, schema: `${prefix}_boss`, max: 3 });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue(CRON_QUEUE);
  for (const { name, cron } of jobs) await boss.schedule(CRON_QUEUE, cron, { job: name }, { key: name });
  const options = {
    localConcurrency: CRON_CONCURRENCY,
    pollingIntervalSeconds: 0.5,
    includeMetadata: true,
  } as const;
  await boss.work(CRON_QUEUE, options, async (batch: JobWithMetadata<{ readonly job: string }>[]) => {
    for (const { id, data, createdOn } of batch) {
      const tick = Math.floor(new Date(createdOn).getTime() / MINUTE_MS) * MINUTE_MS;
      const one = { job: data.job, id, tick };
      await work(one, () => store.query(effectOf(prefix, one)));
    }
  });
}
