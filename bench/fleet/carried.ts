import { entityManagerOf, postgresAdapters } from '@gamekeeper/adapters-postgres';
import { createJobHost } from '@gamekeeper/composition';
import { defineJob, silentLogger } from '@gamekeeper/core';
import type { HostModule } from '@gamekeeper/core/ports';
import { bullMqScheduler } from '@gamekeeper/scheduler-bullmq';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { pgBossScheduler } from '@gamekeeper/scheduler-pgboss';
import { effectOf, type MemberSetup, type Work } from './ways.ts';

/** Runs the jobs by Gamekeeper, at its defaults, and each effect in the transaction of its run. */
export async function open(setup: MemberSetup, work: Work): Promise<void> {
  const { url, prefix, jobs } = setup;
  const host = createJobHost({
    modules: [postgresAdapters({ url, schema: prefix, poolSize: 3 }), carrierOf(setup)],
    jobs: jobs.map(({ name, cron }) =>
      defineJob({
        name,
        schedule: { cron },
        batch: async ({ tx, asOf, job }) => {
          const tick = { job, id: `${job} ${asOf}`, tick: asOf };
          await work(tick, async () => {
            const em = (await entityManagerOf(tx)) as unknown as { execute(sql: string): Promise<unknown> };
            await em.execute(effectOf(prefix, tick));
          });
          return { processed: 1, next: null };
        },
      }),
    ),
    logger: silentLogger,
  });
  await host.start();
}

function carrierOf({ way, url, redis, prefix }: MemberSetup): HostModule {
  if (way === 'pgboss') return pgBossScheduler({ url, schema: `${prefix}_boss` });
  if (way === 'bullmq') return bullMqScheduler({ server: redis, keyPrefix: prefix });
  return cronerScheduler();
}
