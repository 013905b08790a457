import { PgBoss } from 'pg-boss';
import type { BenchOptions } from '../lib/arguments.ts';
import type { EmptyRuns } from './empty-runs.ts';

const QUEUE = 'empty';

/**
 * What its scheduler and a worker do for each tick of a cron, without the pauses in which they poll: send the job once
 * for the tick, fetch it, complete it.
 */
export async function pgBoss({ url }: BenchOptions, runs: number): Promise<readonly EmptyRuns[]> {
  const schema = `pgboss_bench_${process.pid}`;
  const boss = new PgBoss({
    connectionString: url,
    schema,
    max: 2,
    schedule: false,
    supervise: false,
  });
  boss.on('error', (error) => {
    throw error;
  });
  await boss.start();
  const db = boss.getDb();
  try {
    await boss.createQueue(QUEUE);
    const execute = db.executeSql.bind(db);
    let sent = 0;
    db.executeSql = (text, values) => {
      sent += 1;
      return execute(text, values);
    };
    const startedAt = performance.now();
    for (let run = 0; run < runs; run += 1) {
      await boss.send(QUEUE, null, { singletonKey: String(run), singletonSeconds: 60 });
      const [job] = await boss.fetch(QUEUE);
      if (!job) throw new Error('nothing was due');
      await boss.complete(QUEUE, job.id);
    }
    const milliseconds = performance.now() - startedAt;
    const name = 'pg-boss on PostgreSQL, send, fetch, complete';
    return [{ name, milliseconds, sent, guarantee: 'at least once after a crash; missed ticks are lost' }];
  } finally {
    await db.executeSql(`drop schema "${schema}" cascade`);
    await boss.stop({ graceful: false });
  }
}
