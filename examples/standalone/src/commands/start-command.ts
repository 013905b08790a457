import { createJobHost } from '@gamekeeper/composition';
import { instant, iso } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import type { Arguments } from '../arguments.ts';
import { liveStore } from '../store.ts';

/** Runs every job at its ticks until SIGINT or SIGTERM. */
export async function startCommand({ store }: Arguments): Promise<number> {
  const { module, name } = liveStore(store);
  const host = createJobHost({ modules: [module, cronerScheduler()] });
  const stopped = stopOnSignal(() => host.stop());
  await host.start();
  const now = instant(Date.now());
  process.stdout.write(`Gamekeeper runs on ${name}. Ctrl-C stops it.\n`);
  for (const { job, schedule } of host.jobs) {
    const next = schedule.next(now);
    process.stdout.write(`  ${job.name.padEnd(28)} next at ${next === null ? 'no time' : iso(next)}\n`);
  }
  return (await stopped) ? 0 : 1;
}

function stopOnSignal(stop: () => Promise<boolean>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.stdout.write(`${signal}: finishing the batches at work\n`);
        stop().then(resolve, reject);
      });
    }
  });
}
