import { createJobHost, serveHealth, type JobHost } from '@gamekeeper/composition';
import { instant, isGamekeeperError, iso } from '@gamekeeper/core';
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
    if (await started(host)) {
      say(`Gamekeeper runs on ${name}. Ctrl-C stops it.`);
      if (server) say(`Health is at ${server.url}/healthz, /livez, /jobs and /metrics.`);
      sayNextTicks(host, say);
    }
    // Whatever has not ended by the deadline might keep this process alive.
    if (!(await stopped)) process.exit(1);
    return 0;
  } finally {
    await server?.close();
  }
}

/** Whether the host runs; `false` when it was told to stop before it did. */
async function started(host: JobHost): Promise<boolean> {
  try {
    await host.start();
    return true;
  } catch (error) {
    if (isGamekeeperError(error) && error.code === 'HOST_STATE') return false;
    throw error;
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
