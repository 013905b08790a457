import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { emailAlerts, webhookAlerts } from '@gamekeeper/alerts';
import { createJobHost } from '@gamekeeper/composition';
import type { LogFields, Logger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { pacedJob, type Trouble } from './paced-job.ts';

/** What a telling host is started with. */
export interface TellingHostConfig {
  readonly url: string;
  readonly schema: string;
  readonly instanceId: string;
  readonly role: 'run' | 'watch';
  readonly trouble: Trouble;
  readonly folder: string;
  readonly webhookUrl: string;
  readonly mailUrl: string;
}

/** One of several hosts that send alerts, until SIGTERM: `telling-host.ts <config as JSON>`. */
const { role, trouble, folder, webhookUrl, mailUrl, instanceId, ...database } = JSON.parse(
  process.argv[2] ?? '',
) as TellingHostConfig;

// Everything is logged, so that a secret that gets out is seen.
const write = (text: string, fields?: LogFields): void =>
  void process.stdout.write(`${text} ${JSON.stringify(fields)}\n`);
const logger: Logger = { debug: write, info: write, warn: write, error: write };

const host = createJobHost({
  modules: [postgresAdapters({ ...database, poolSize: 3 }), cronerScheduler()],
  instanceId,
  logger,
  jobs: [pacedJob(trouble, folder)],
  engine: { leaseMs: 2_000, shutdownTimeoutMs: 5_000 },
  health: {
    watchIntervalMs: 1_000,
    alerts: [
      { channel: webhookAlerts({ url: webhookUrl }), jobs: ['paced'] },
      {
        channel: emailAlerts({ transport: mailUrl, from: 'jobs@example.org', to: 'ops@example.org' }),
        jobs: ['paced'],
      },
    ],
  },
});
process.once('SIGTERM', () => void host.stop());
await (role === 'run' ? host.start() : host.watch());
process.stdout.write('started\n');
