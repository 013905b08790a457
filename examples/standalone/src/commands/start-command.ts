import { createJobHost, serveHealth, type JobHost } from '@gamekeeper/composition';
import { instant, iso } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import type { Arguments } from '../arguments.ts';
import { liveLog, type LiveLog } from '../live-log.ts';
import { liveStore } from '../store.ts';

/** Runs every job at its ticks until SIGINT or SIGTERM. */
export async function startCommand({ store, http, log }: Arguments): Promise<number> {
  const { module, name } = liveStore(store);
  const { logger, say } = liveLog(log ?? (process.stdout.isTTY ? 'text' : 'json'));
  const host = createJobHost({ modules: [module, cronerScheduler()], logger });
  const server = http === undefined ? null : await serveHealth(host, { port: http });
  try {
    const stopped = stopOnSignal(host, say);
    await host.start();
    say(`Gamekeeper runs on ${name}. Ctrl-C stops it.`);
    if (server) say(`Health is at ${server.url}/healthz, /livez, /jobs and /metrics.`);
    sayNextTicks(host, say);
    return (await stopped) ? 0 : 1;
  } finally {
    await server?.close();
  }
}

function sayNextTicks(host: JobHost, say: LiveLog['say']): void {
  const now = instant(Date.now());
  for (const { job, schedule } of host.jobs) {
    const next = schedule.next(now);
    say(`  ${job.name.padEnd(28)} next at ${next === null ? 'no time' : iso(next)}`);
  }
}

function stopOnSignal(host: JobHost, say: LiveLog['say']): Promise<boolean> {
  return new Promise((resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        say(`${signal}: finishing the batches at work`);
        host.stop().then(resolve, reject);
      });
    }
  });
}
